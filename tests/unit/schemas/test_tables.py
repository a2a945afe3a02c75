from schemas.tables import scripts, statements

PUBLIC = {
    "log",
    "votes",
    "votes_current",
    "boards",
    "questions",
    "presentations",
    "cues",
    "scores",
    "dead_letters",
}


def test_statements_end_with_a_semicolon_at_the_end_of_a_line() -> None:
    text = "-- why;\nCREATE TABLE a (b String DEFAULT ';');\n\nCREATE VIEW c AS\nSELECT 1;\n"
    assert statements(text) == (
        "CREATE TABLE a (b String DEFAULT ';')",
        "CREATE VIEW c AS\nSELECT 1",
    )


def test_every_statement_may_run_again() -> None:
    for script in scripts():
        for statement in script.statements:
            begins = "CREATE " if script.is_step else "CREATE OR REPLACE VIEW "
            assert statement.startswith(begins)
            assert not script.is_step or " IF NOT EXISTS " in statement


def test_every_name_of_the_contract_is_a_view() -> None:
    views = {statement.split()[4] for script in scripts()[-1:] for statement in script.statements}
    assert views >= PUBLIC
