"""The embedded servers in the life they will have: killed, held twice, side by side."""

import os
import shutil
import signal
import subprocess
import sys
import time

import psycopg
import pytest
import redis as redis_client

from portal.servers import postgres
from portal.servers.cluster import Cluster
from portal.servers.locks import Held
from portal.servers.places import APPLICATION, CHECKOUT, OWNER, UnsafePlace, temporary_places
from portal.servers.postgres import PostgresProblem


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _until(condition, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def _write(cluster: Cluster, number: int) -> None:
    with psycopg.connect(cluster.places.database_url(OWNER)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        connection.execute("INSERT INTO kept VALUES (%s)", [number])


def _read(cluster: Cluster) -> list[int]:
    with psycopg.connect(cluster.places.database_url(OWNER)) as connection:
        return [n for (n,) in connection.execute("SELECT n FROM kept ORDER BY n")]


def test_both_servers_answer(cluster):
    assert redis_client.Redis.from_url(cluster.environment()["REDIS_URL"]).ping()
    with psycopg.connect(cluster.environment()["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT current_user").fetchone() == (APPLICATION,)


def test_no_network_port_is_open(cluster):
    with psycopg.connect(cluster.environment()["DATABASE_URL"]) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_other_users_cannot_enter_the_folder_of_sockets(cluster):
    assert cluster.places.sockets.stat().st_mode & 0o077 == 0


def test_capitals_fold_whatever_the_language_of_the_machine(new_places, monkeypatch):
    monkeypatch.setenv("LANG", "C")
    monkeypatch.setenv("LC_ALL", "POSIX")
    with (
        Cluster(new_places, external=False, fast=True) as cluster,
        psycopg.connect(cluster.environment()["DATABASE_URL"]) as connection,
    ):
        row = connection.execute("SELECT lower('ÉÀŒÇ'), upper('ê')").fetchone()
        assert row == ("éàœç", "Ê")


def test_a_database_that_does_not_fold_accents_is_refused(cluster):
    with psycopg.connect(cluster.places.database_url(OWNER, "postgres"), autocommit=True) as admin:
        admin.execute(
            "CREATE DATABASE plain TEMPLATE template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C'"
        )
    with pytest.raises(PostgresProblem, match=r"lower\('É'\)"):
        postgres.verify(cluster.places.database_url(OWNER, "plain"))


def test_data_survive_a_stop(new_places):
    with Cluster(new_places, external=False) as cluster:
        _write(cluster, 1)
    with Cluster(new_places, external=False) as cluster:
        assert _read(cluster) == [1]


def test_committed_data_survive_a_killed_postmaster(places):
    cluster = Cluster(places, external=False).start()
    _write(cluster, 1)
    os.kill(cluster.postgres.process.pid, signal.SIGKILL)
    cluster.postgres.process.wait()
    assert (places.postgres / "postmaster.pid").exists()
    cluster.postgres.start()
    assert _read(cluster) == [1]
    cluster.stop()


def test_the_pid_file_of_a_process_that_is_someone_else_is_survived(places):
    with Cluster(places, external=False) as cluster:
        _write(cluster, 1)
    stale = places.postgres / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{places.postgres}\n1700000000\n5432\n/nowhere\n\n\nready\n")
    with Cluster(places, external=False) as cluster:
        assert _read(cluster) == [1]


def test_servers_die_with_the_process_that_started_them(places):
    script = (
        "import sys, time; from portal.servers.cluster import Cluster; "
        "from portal.servers.places import Places; from pathlib import Path; "
        "c = Cluster(Places(Path(sys.argv[1])), external=False).start(); "
        "print(c.postgres.process.pid, c.redis.process.pid, flush=True); time.sleep(600)"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", script, str(places.data)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=CHECKOUT,
    )
    pids = [int(word) for word in starter.stdout.readline().split()]
    assert all(_alive(pid) for pid in pids)
    starter.kill()
    starter.wait()
    starter.stdout.close()
    assert _until(lambda: not any(_alive(pid) for pid in pids))
    with Cluster(places, external=False):  # and their folder serves again
        pass


def test_one_process_at_a_time_runs_a_data_folder(cluster):
    with pytest.raises(Held) as held:
        Cluster(cluster.places, external=False).start()
    assert held.value.holder == os.getpid()


def test_a_second_command_joins_the_servers_that_run(cluster):
    second = Cluster(cluster.places, external=False).start(join=True)
    assert second.joined
    second.stop()
    _write(cluster, 7)
    assert _read(cluster) == [7]


def test_two_data_folders_live_side_by_side(cluster):
    other = temporary_places()
    try:
        with Cluster(other, external=False, fast=True) as second:
            _write(cluster, 1)
            _write(second, 2)
            assert (_read(cluster), _read(second)) == ([1], [2])
    finally:
        shutil.rmtree(other.data)


def test_a_long_path_of_data_does_not_lengthen_the_socket():
    deep = temporary_places()
    far = deep.data / ("long" * 30) / ("name" * 20)
    try:
        with Cluster(type(deep)(far), external=False, fast=True) as cluster:
            _write(cluster, 3)
            assert _read(cluster) == [3]
    finally:
        shutil.rmtree(deep.data)


def test_root_can_keep_its_data_in_a_closed_folder():
    closed = temporary_places()
    inner = type(closed)(closed.data / "inner")
    try:
        closed.data.chmod(0o700)
        with Cluster(inner, external=False, fast=True) as cluster:
            _write(cluster, 4)
            assert _read(cluster) == [4]
    finally:
        shutil.rmtree(closed.data)


def test_data_of_another_version_are_refused_with_the_way_out(places):
    with Cluster(places, external=False, fast=True):
        pass
    (places.postgres / "PG_VERSION").write_text("15\n")
    with pytest.raises(PostgresProblem, match=r"PostgreSQL 15's.*restore"):
        Cluster(places, external=False, fast=True).start()


def test_a_cluster_half_made_is_made_again(new_places):
    new_places.create()
    (new_places.data / "pg.new").mkdir()
    (new_places.data / "pg.new" / "PG_VERSION").write_text("18\n")
    with Cluster(new_places, external=False, fast=True) as cluster:
        _write(cluster, 1)
        assert _read(cluster) == [1]


def test_a_socket_folder_taken_by_a_file_is_refused(places):
    places.sockets.write_text("mine")
    try:
        with pytest.raises(UnsafePlace, match="belongs to someone else"):
            Cluster(places, external=False, fast=True).start()
    finally:
        places.sockets.unlink()
