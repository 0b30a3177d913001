"""The lock of Neo4j's artifacts."""

from obia.server.services.artifacts import read_lock


def test_the_lock_names_one_version_of_neo4j() -> None:
    lock = read_lock()

    ours = {each.version for each in lock.artifacts if each.group in ("org.neo4j", "org.neo4j.app")}

    assert ours == {lock.version}


def test_no_two_artifacts_share_a_file() -> None:
    lock = read_lock()

    assert len({each.filename for each in lock.artifacts}) == len(lock.artifacts) > 200


def test_an_artifact_with_a_classifier_keeps_it_in_its_path() -> None:
    (epoll,) = (
        each for each in read_lock().artifacts if each.filename.endswith("epoll-4.1.137.Final-linux-x86_64.jar")
    )

    assert epoll.path == f"io/netty/netty-transport-native-epoll/4.1.137.Final/{epoll.filename}"
