"""People: synthetic identities in many scripts, every name, number and address of them made up."""

import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from zlib import crc32


@dataclass(frozen=True, slots=True)
class Person:
    """One patient, the doctor, and the places and numbers that come with them. `charset` holds for all of their text."""

    name: str
    other_name: str
    doctor: str
    charset: tuple[str, ...]
    mrn: str
    accession: str
    birth: date
    study: date
    phone: str
    street: str
    city: str
    institution: str

    @property
    def family(self) -> str:
        """The family name as it is written first."""
        return self.name.split("=")[0].split("^")[0]

    @property
    def given(self) -> str:
        """The given name as it is written first."""
        return self.name.split("=")[0].split("^")[1]

    @property
    def ideographs(self) -> str:
        """Family and given name in the second script, run together as they are there; else empty."""
        groups = self.name.split("=")
        return groups[1].replace("^", "") if len(groups) > 1 else ""

    def day(self, number: int) -> str:
        """A date of this patient's history, as DA."""
        return f"{self.study + timedelta(days=number):%Y%m%d}"

    def uid(self, number: int) -> str:
        """A UID of this patient's."""
        return f"1.2.826.0.1.3680043.10.998.{crc32(self.mrn.encode())}.{number}"


def plain(text: str) -> str:
    """A text without its accents, as a keyboard without them writes it."""
    parts = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(each for each in parts if not unicodedata.combining(each)))


def written(day: date) -> tuple[str, ...]:
    """A date in the six forms in which people write it into text."""
    return (
        f"{day:%Y%m%d}",
        f"{day:%Y-%m-%d}",
        f"{day:%d.%m.%Y}",
        f"{day:%m/%d/%Y}",
        f"{day:%d %b %Y}",
        f"{day:%B} {day.day}, {day.year}",
    )


PEOPLE = (
    Person("Quarrington^Philippa^Maud", "Quarrington-Voss^P", "Ettersby^Rowland^^Dr", (), "MRN-4471903", "ACX7730218",
           date(1948, 3, 17), date(2019, 11, 23), "+44 20 7946 0183", "19 Thornwick Terrace", "Netherbourne",
           "Thornwick General Infirmary"),
    Person("Grünwäldle^Jörg", "Grünwäldle-Böß^J", "Çelebi^Séraphine", ("ISO_IR 100",), "P00583127",
           "2019K44815", date(1961, 12, 5), date(2021, 5, 31), "+49 6221 987 4410", "Mühlgäßchen 27", "Überlingsdorf",
           "Klinikum Überlingsdorf"),
    Person("Xiahou^Ruoxi=夏侯^若曦", "Xia^Ruo", "Ouyang^Zhenhua=欧阳^振华", ("GB18030",), "ZY20887416", "CR1900558231",
           date(1990, 7, 28), date(2022, 2, 14), "138 0571 6642", "青藤路二十七号", "临溪市", "临溪市第三人民医院"),
    Person("Zhuge^Minghao=诸葛^明皓", "Zhuge Ming", "Shangguan^Yue=上官^月", ("ISO_IR 192",), "H7719-04426", "US55102873",
           date(1975, 1, 9), date(2018, 9, 2), "+86 571 8846 2019", "Lihua Lane 88, 4F", "Qingshui", "清水县中医院"),
    Person("Hoshikawa^Renjiro=星川^錬次郎=ほしかわ^れんじろう", "Hoshikawa^R", "Tachibana^Mio=橘^美緒",
           ("", "ISO 2022 IR 87"), "JP-330975", "AN6620714", date(1936, 10, 30), date(2020, 8, 19), "03-5550-7713",
           "Sakuramachi 5-12", "Kawabe", "Kawabe Chuo Byoin"),
    Person("Namgoong^Seorin=남궁^서린", "Namgoong^S", "Seonwoo^Taeyang=선우^태양", ("", "ISO 2022 IR 149"), "KR0092651",
           "KA40087721", date(1983, 4, 21), date(2017, 6, 12), "+82 2 5555 8190", "Maehwa-ro 31", "Yangjin",
           "Yangjin Daehak Byeongwon"),
    Person("Вертоградов^Аристарх", "Вертоградов^А", "Златопольская^Инесса", ("ISO_IR 144",), "RK-718204",
           "RU2018551", date(1957, 8, 3), date(2016, 3, 29), "+7 495 555 73 18", "Ольховая улица 14", "Заречинск",
           "Заречинская больница"),
    Person("Παπασταθόπουλος^Θρασύβουλος", "Παπασταθόπουλος^Θ", "Ξανθοπούλου^Ευρυδίκη", ("ISO_IR 126",), "GR558120",
           "GRA772301", date(1969, 2, 27), date(2023, 4, 6), "+30 210 555 8841", "Οδός Ασφοδελών 9", "Νεάπολις",
           "Νοσοκομείο Ασφοδελών"),
)  # fmt: skip
