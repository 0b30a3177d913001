"""`python -m obia.server.demo`: load, link, release, ask, serve."""

import sys
from importlib.resources import as_file, files

import click

from obia.schema.errors import ObiaError, exit_status
from obia.server.demo.commands import ask, is_up, run
from obia.server.demo.data import BIOPROJECT, SOURCES
from obia.server.demo.questions import GENOME, SOME_IMAGE, TRAVERSAL, WOMEN, Question, similar
from obia.server.demo.serving import demand_port, end_on_sigterm, serve, show_environment


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--once", is_flag=True, help="End after the answers; servers that it started stop.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Where it serves.")
def main(once: bool, port: int) -> None:
    """Load every file of three public packages, link and release it, ask and answer; then serve it."""
    end_on_sigterm()
    try:
        if not once:
            demand_port(port)
        ran_before = is_up()
        run("init")
        collections = _collections()
        _load(collections)
        _link_and_release(collections)
        _ask_and_answer()
        if once:
            if not ran_before:  # they may serve somebody
                run("down")
            show_environment()
            click.echo("\nThat was the demo. `make demo` loads it again in no time, and serves it.")
            return
        sys.exit(serve(port))
    except ObiaError as error:
        click.echo(f"demo: {error.message}", err=True)
        sys.exit(exit_status(error.code))


def _collections() -> dict[str, str]:
    """The accession of each source's collection, by module; made where they are not there yet."""
    known = {each["title"]: each["accession"] for each in ask("collection", "list", "--json", is_shown=False)}
    for source in SOURCES:
        if source.title not in known:
            words = ("--title", source.title, "--bioproject", BIOPROJECT, "--licence", source.licence, "--json")
            known[source.title] = ask("collection", "add", *words)["accession"]
    return {source.module: known[source.title] for source in SOURCES}


def _load(collections: dict[str, str]) -> None:
    for source in SOURCES:
        run("ingest", str(source.folder), "--collection", collections[source.module], "--exclude", "__pycache__")
    click.echo(
        "\nEvery file ended accepted, duplicate or quarantined, and the code says why. Real archives refuse much:\n"
        "these packages hold files that are broken on purpose, and the same images in several encodings."
    )


def _link_and_release(collections: dict[str, str]) -> None:
    for command, table in (("link", "links.csv"), ("clinical", "clinical.csv")):
        with as_file(files("obia.server.demo") / table) as path:
            run(command, "import", str(path))
    click.echo(
        "\nNothing is public yet. Releasing is a step of its own, on record in the audit log. Nobody has looked at these\n"
        "images, so those that may show a name in their pixels are held back; one of the ultrasounds does show one."
    )
    for accession in collections.values():
        run("collection", "release", accession)


def _ask_and_answer() -> None:
    for question in (TRAVERSAL, GENOME, WOMEN):
        _answer(question)
    found = ask("query", SOME_IMAGE, is_shown=False)["data"]["series"]["nodes"]
    if found:
        _answer(similar(found[0]["images"]["nodes"][0]["uid"]))


def _answer(question: Question) -> None:
    click.secho(f"\n{question.words}", bold=True)
    ask("query", "--anonymous", question.document.strip())


if __name__ == "__main__":
    main()
