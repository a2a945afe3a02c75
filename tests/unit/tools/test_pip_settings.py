from pathlib import Path

from tools.pip_settings import for_programs, read

LISTING = """\
:env:.index-url='https://from-a-variable.example/simple'
:env:.disable-pip-version-check='1'
global.index-url='https://from-the-file.example/simple'
global.proxy='http://proxy.example:3128'
global.trusted-host='one.example\\ntwo.example'
install.timeout='60'
global.timeout='15'
freeze.timeout='1'
"""


def test_the_later_of_pips_places_wins() -> None:
    found = read(LISTING)
    assert found["index-url"] == "https://from-a-variable.example/simple"
    assert found["timeout"] == "60"


def test_uv_is_told_what_pip_is_told() -> None:
    assert for_programs(read(LISTING), {}) == {
        "UV_DEFAULT_INDEX": "https://from-a-variable.example/simple",
        "HTTP_PROXY": "http://proxy.example:3128",
        "HTTPS_PROXY": "http://proxy.example:3128",
        "UV_INSECURE_HOST": "one.example two.example",
        "UV_HTTP_TIMEOUT": "60",
    }


def test_a_variable_that_is_set_is_left_alone() -> None:
    told = for_programs(read(LISTING), {"UV_DEFAULT_INDEX": "mine", "https_proxy": "mine"})
    assert "UV_DEFAULT_INDEX" not in told
    assert "HTTPS_PROXY" not in told


def test_more_indexes_are_all_looked_at_as_pip_does() -> None:
    told = for_programs({"extra-index-url": "https://a.example\nhttps://b.example"}, {})
    assert told["UV_INDEX"] == "https://a.example https://b.example"
    assert told["UV_INDEX_STRATEGY"] == "unsafe-best-match"


def test_a_folder_of_wheels_that_is_not_there_is_not_named(tmp_path: Path) -> None:
    places = f"{tmp_path} {tmp_path / 'absent'} https://wheels.example/"
    told = for_programs({"find-links": places}, {})
    assert told == {"UV_FIND_LINKS": f"{tmp_path},https://wheels.example/"}
    assert for_programs({"find-links": str(tmp_path / "absent")}, {}) == {}


def test_no_index_is_said_only_where_it_is_meant() -> None:
    assert for_programs({"no-index": "true"}, {}) == {"UV_NO_INDEX": "1"}
    assert for_programs({"no-index": "false"}, {}) == {}
