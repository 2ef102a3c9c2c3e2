import os

from inkdigits.machine import available_cores, thread_environment


def test_cores_are_those_that_this_process_may_use() -> None:
    assert 1 <= available_cores() <= (os.cpu_count() or 1)


def test_threads_are_told_as_text() -> None:
    assert set(thread_environment(3).values()) == {"3"}
