from tribune.embedded.clickhouse_errors import from_engine, in_stream


def test_an_exception_of_the_engine_gets_clickhouse_s_code_status_and_text() -> None:
    said = (
        "Streaming insert finish failed: Code: 60. DB::Exception: Table a.b does not exist. "
        "(UNKNOWN_TABLE) (version 26.9.2.1)"
    )
    error = from_engine(said)
    assert (error.code, error.name, error.status) == (60, "UNKNOWN_TABLE", 404)
    assert error.text == "Code: 60. DB::Exception: Table a.b does not exist. (UNKNOWN_TABLE)"


def test_an_error_without_a_code_is_a_standard_exception() -> None:
    error = from_engine("something else")
    assert (error.code, error.status) == (1001, 500)
    assert error.text == "Code: 1001. DB::Exception: std::exception: something else (STD_EXCEPTION)"


def test_an_exception_within_a_body_is_framed_by_its_tag_and_length() -> None:
    assert in_stream("Code: 1. x", "tag") == (
        b"\r\n__exception__\r\ntag\r\nCode: 1. x\n11 tag\r\n__exception__\r\n"
    )
