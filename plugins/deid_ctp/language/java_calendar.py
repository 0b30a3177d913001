"""Calendars: Java's lenient one, Julian before 15 October 1582; days run over into months, months into years."""

_CUTOVER = 2_299_161  # the Julian day number of 15 October 1582, the first Gregorian day


def day_number(year: int, month: int, day: int) -> int:
    """The Julian day number of a date; months and days may lie beyond their ranges, and the year 0 is 1 BC."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    is_early = month <= 2
    since = year + 4800 - is_early  # years that begin in March, so that the leap day is the last
    days = day + (153 * (month + 12 * is_early - 3) + 2) // 5 + 365 * since + since // 4
    gregorian = days - since // 100 + since // 400 - 32045
    return gregorian if gregorian >= _CUTOVER else days - 32083


def date_of(number: int) -> tuple[int, int, int]:
    """The year, month and day of a Julian day number; a year before 1 is counted backwards, as Java shows it."""
    if number >= _CUTOVER:
        shifted = number + 32044
        century = (4 * shifted + 3) // 146_097
        rest = shifted - 146_097 * century // 4
    else:
        century, rest = 0, number + 32082
    since = (4 * rest + 3) // 1461
    of_year = rest - 1461 * since // 4
    month = (5 * of_year + 2) // 153
    year = 100 * century + since - 4800 + month // 10
    return (year if year > 0 else 1 - year, month + 3 - 12 * (month // 10), of_year - (153 * month + 2) // 5 + 1)


def compact(number: int) -> str:
    """Write a day as YYYYMMDD."""
    year, month, day = date_of(number)
    return f"{year:04d}{month:02d}{day:02d}"
