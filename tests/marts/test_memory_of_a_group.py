"""What a build may use where a service, a container or a batch job has a limit: the kernel kills the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from zenhire_sync.machine_memory import available_bytes, default_memory_limit
from zenhire_sync.memory_limit import whole_limit

GIB = 1024**3
# What version 1 writes where there is no limit.
NO_LIMIT = 9223372036854771712


class Machine:
    """The kernel's files about one process, as text in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = folder / "self"
        self.process.mkdir()
        self.groups = folder / "cgroup"

    def write(self, group: str, **files: object) -> None:
        (self.groups / group).mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (self.groups / group / name.replace("_", ".", 1)).write_text(f"{content}\n")

    def says(self, cgroup: str, *mounted: tuple[str, str, str]) -> None:
        (self.process / "cgroup").write_text(cgroup)
        lines = [
            f"31 23 0:28 {root} {self.groups / mount} rw,relatime shared:9 - {filesystem}\n"
            for root, mount, filesystem in mounted
        ]
        (self.process / "mountinfo").write_text("24 1 0:21 / /proc rw - proc proc rw\n" + "".join(lines))

    def limit(self) -> str:
        return default_memory_limit(self.process, self.groups)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


V2 = ("/", "", "cgroup2 cgroup2 rw,nsdelegate")


def test_the_limit_of_a_systemd_unit_is_seen_below_the_root(machine: Machine) -> None:
    machine.write("", cgroup_procs="")
    machine.write("system.slice/zenhire.service", memory_max=GIB, memory_high="max")
    machine.says("0::/system.slice/zenhire.service\n", V2)
    assert machine.limit() == "512MiB"


def test_the_limit_of_a_group_above_counts_when_it_is_smaller(machine: Machine) -> None:
    machine.write("kubepods", memory_max="max")
    machine.write("kubepods/pod1", memory_max=GIB)
    machine.write("kubepods/pod1/app", memory_max=4 * GIB)
    machine.says("0::/kubepods/pod1/app\n", V2)
    assert machine.limit() == "512MiB"


def test_a_group_that_is_slowed_down_before_its_limit_counts_as_limited(machine: Machine) -> None:
    machine.write("user.slice", memory_max=8 * GIB, memory_high=2 * GIB)
    machine.says("0::/user.slice\n", V2)
    assert machine.limit() == "1024MiB"


def test_another_groups_limit_is_not_ours(machine: Machine) -> None:
    machine.write("", cgroup_procs="")
    machine.write("other.service", memory_max=GIB)
    machine.write("ours.service", memory_max="max")
    machine.says("0::/ours.service\n", V2)
    assert machine.limit() != "512MiB"


def test_a_container_of_version_1_is_limited(machine: Machine) -> None:
    machine.write("memory", memory_limit_in_bytes=GIB)
    machine.says(
        "9:memory:/docker/0123\n8:cpu,cpuacct:/docker/0123\n0::/\n",
        ("/docker/0123", "memory", "cgroup cgroup rw,memory"),
    )
    assert machine.limit() == "512MiB"


def test_a_limit_of_version_1_above_what_the_container_sees_is_found(machine: Machine) -> None:
    stat = f"cache 0\nhierarchical_memory_limit {GIB}\nhierarchical_memsw_limit {NO_LIMIT}"
    machine.write("memory/job/step", memory_limit_in_bytes=NO_LIMIT, memory_stat=stat)
    machine.says("4:memory:/job/step\n", ("/", "memory", "cgroup cgroup rw,memory"))
    assert machine.limit() == "512MiB"


def test_a_group_outside_of_what_is_mounted_takes_the_mounts_limit(machine: Machine) -> None:
    machine.write("", memory_max=GIB)
    machine.says("0::/../../system.slice/x.service\n", V2)
    assert machine.limit() == "512MiB"


def test_groups_of_which_none_is_ours_are_taken_for_ours(machine: Machine) -> None:
    machine.write("system.slice/zenhire.service", memory_max=GIB)
    machine.says("0::/elsewhere\n")
    assert machine.limit() == "512MiB"


def test_without_any_group_the_machine_counts(machine: Machine) -> None:
    machine.says("")
    (machine.process / "mountinfo").unlink()
    (machine.process / "cgroup").unlink()
    assert int(machine.limit().removesuffix("MiB")) * 2 * 1024**2 > GIB


def test_a_share_is_of_what_the_process_may_have() -> None:
    # DuckDB would take it of the machine.
    share = int(whole_limit("50%").removesuffix("MiB"))
    assert abs(share - available_bytes() // 2 // 1024**2) <= 1
    assert whole_limit("2GB") == "2GB"
