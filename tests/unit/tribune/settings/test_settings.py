from pathlib import Path

import pytest

from tribune.settings.read import BadSettings, read_settings
from tribune.settings.shape import ObsDevice, OscTrigger, Settings, secret_words

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(text: str = "", **environment: str) -> Settings:
    Path("tribune.toml").write_text(text)
    return read_settings(None, environment)


def problems(text: str = "", **environment: str) -> list[str]:
    with pytest.raises(BadSettings) as caught:
        read(text, **environment)
    return caught.value.problems


def test_without_a_file_everything_is_embedded_and_on_loopback() -> None:
    settings = read_settings(None, {})
    assert not settings.own_kafka
    assert settings.clickhouse is None
    assert settings.listen.host == "127.0.0.1"
    ports = settings.ports
    assert (ports.console, ports.gateway, ports.push, ports.broker) == (8080, 8081, 8082, 9092)


def test_the_file_says_and_the_environment_overrides() -> None:
    settings = read("[ports]\nconsole = 1000\ngateway = 2000\n", TRIBUNE_PORTS_GATEWAY="3000")
    assert (settings.ports.console, settings.ports.gateway) == (1000, 3000)


def test_an_empty_variable_says_nothing() -> None:
    assert not read(TRIBUNE_KAFKA_BOOTSTRAP="").own_kafka


def test_the_data_folder_is_a_variable_too() -> None:
    assert read('data = "here"', TRIBUNE_DATA="/there").data == Path("/there")


def test_a_path_is_relative_to_the_file_that_says_it_or_else_to_the_working_directory() -> None:
    Path("etc").mkdir()
    file = Path("etc/tribune.toml")
    file.write_text('data = "here"\n[kafka]\nbootstrap = "k:1"\nca_file = "/ca.pem"\n')
    environment = {"TRIBUNE_SECRETS_KEY": "0123456789abcdef"}
    settings = read_settings(file, environment)
    assert settings.data == Path("etc/here")
    assert settings.kafka.ca_file == Path("/ca.pem")
    assert read_settings(file, environment | {"TRIBUNE_DATA": "there"}).data == Path("there")


def test_a_list_in_a_variable_is_split_at_commas() -> None:
    settings = read(TRIBUNE_LISTEN_ORIGINS="a.example, b.example")
    assert settings.listen.origins == ["a.example", "b.example"]


def test_an_unknown_key_is_named_with_file_and_line() -> None:
    assert problems("[ports]\n# a remark\nconsloe = 1\n") == [
        "tribune.toml:3: [ports] consloe is unknown; did you mean console?"
    ]


def test_an_unknown_section_is_named_with_file_and_line() -> None:
    assert problems("data = 'd'\n\n[prots]\n") == [
        "tribune.toml:3: prots is unknown; did you mean ports?"
    ]


def test_an_unknown_variable_is_named() -> None:
    [problem] = problems(TRIBUNE_PORTS_CONSLOE="1")
    assert problem.startswith("TRIBUNE_PORTS_CONSLOE: [ports] consloe is unknown")
    [problem] = problems(TRIBUNE_NONSENSE="1")
    assert problem.startswith("TRIBUNE_NONSENSE: no such setting")


def test_what_an_orchestrator_sets_by_itself_is_no_setting() -> None:
    read(TRIBUNE_SERVICE_HOST="10.0.0.1", TRIBUNE_GATEWAY_PORT_8081_TCP_ADDR="10.0.0.1")


def test_a_bad_value_is_named_with_what_it_must_be() -> None:
    assert problems('[ports]\nconsole = "80"\n', TRIBUNE_PORTS_PUSH="70000") == [
        "tribune.toml:2: [ports] console must be a whole number from 1 to 65535, not '80'",
        "TRIBUNE_PORTS_PUSH: [ports] push must be a whole number from 1 to 65535, not '70000'",
    ]


def test_every_problem_is_said_at_once() -> None:
    text = '[ports]\na = 1\nb = 2\n[kafka]\nbootstrap = "nowhere"\n[limits]\nconnections = 0\n'
    assert len(problems(text)) == 4


def test_a_bad_secret_is_not_repeated() -> None:
    [problem] = problems('[webhook.bank]\nsecret = "hunter2hunter2"\n')
    assert problem.startswith("tribune.toml:2: [webhook.bank] secret must be whsec_")
    assert "hunter2" not in problem


def test_settings_print_without_secrets() -> None:
    settings = read(
        f'[secrets]\nkey = "a very secret key"\n[webhook.bank]\nsecret = "{SECRET}"\n'
        '[clickhouse]\nurl = "http://h:1"\npassword = "hunter2"\n'
    )
    assert secret_words(settings) == ["hunter2", "a very secret key", SECRET]
    assert not any(word in repr(settings) for word in secret_words(settings))


def test_a_file_that_is_not_toml_is_named_with_its_line() -> None:
    [problem] = problems("[ports]\nconsole = \n")
    assert problem.startswith("tribune.toml:2: is not TOML")


def test_a_file_that_is_asked_for_must_be_there() -> None:
    with pytest.raises(BadSettings, match=r"absent\.toml: cannot be read"):
        read_settings(Path("absent.toml"), {})


def test_accounts_and_partners_come_from_variables_too() -> None:
    settings = read(
        '[wechat."county.gov"]\ntoken = "a"\n',
        TRIBUNE_WECHAT_COUNTY_GOV_TOKEN="b",
        TRIBUNE_WECHAT_OTHER_PREVIOUS_ENCODING_AES_KEY="A" * 43,
        TRIBUNE_WECHAT_OTHER_APPID="wx",
        TRIBUNE_WECHAT_OTHER_TOKEN="c",
        TRIBUNE_WEBHOOK_BANK_SECRET=SECRET,
    )
    assert settings.wechat["county.gov"].token == "b"
    assert settings.wechat["other"].previous_encoding_aes_key == "A" * 43
    assert settings.webhook["bank"].secret == SECRET


@pytest.mark.parametrize("key", ["encoding_aes_key", "previous_encoding_aes_key"])
def test_an_aes_key_needs_the_appid_that_messages_are_checked_against(key: str) -> None:
    text = f'[wechat.county]\ntoken = "t"\n{key} = "{"A" * 43}"\n'
    assert problems(text) == [
        f"tribune.toml:3: [wechat.county] {key} needs the account's appid beside it"
    ]
    assert read(text, TRIBUNE_WECHAT_COUNTY_APPID="wx").wechat["county"].appid == "wx"


def test_encrypted_messages_only_needs_the_key_to_read_them() -> None:
    text = '[wechat.county]\ntoken = "t"\nappid = "wx"\naes_only = true\n'
    assert problems(text) == ["tribune.toml:4: [wechat.county] aes_only needs an encoding_aes_key"]


def test_what_is_missing_is_said_where_its_section_begins() -> None:
    assert problems('\n[wechat.county]\nappid = "wx"\n') == [
        "tribune.toml:2: [wechat.county] token is missing"
    ]


def test_a_device_is_read_by_its_type() -> None:
    text = '[stage.desk]\ntype = "obs"\nurl = "ws://127.0.0.1:4455"\ninput = "Mic"\n'
    assert read(text).stage == {"desk": ObsDevice("ws://127.0.0.1:4455", "Mic")}


def test_a_device_of_an_unknown_type_is_refused() -> None:
    assert problems('[stage.desk]\ntype = "obz"\n') == [
        "tribune.toml:2: [stage.desk] type must be one of obs, x32, vmix, http, simulated"
    ]


def test_a_trigger_is_read_by_its_type() -> None:
    text = '[triggers.light]\ntype = "osc"\non = ["cut"]\nhost = "desk"\nport = 8000\n'
    text += 'address = "/cue/1"\narguments = [1, 0.5, "go"]\n'
    light = OscTrigger(
        on=["cut"], host="desk", port=8000, address="/cue/1", arguments=[1, 0.5, "go"]
    )
    assert read(text).triggers == {"light": light}


def test_a_trigger_for_an_unknown_cue_is_refused() -> None:
    text = '[triggers.light]\ntype = "http"\non = ["stop"]\nurl = "http://desk"\n'
    [problem] = problems(text)
    assert problem.startswith("tribune.toml:3: [triggers.light] on must be a list of texts")


def test_kafka_needs_the_secret_of_every_machine() -> None:
    [problem] = problems('[kafka]\nbootstrap = "k:9092"\n')
    assert "[secrets] key (or TRIBUNE_SECRETS_KEY) is required" in problem
    assert read('[kafka]\nbootstrap = "k:9092"\n', TRIBUNE_SECRETS_KEY="k" * 16).own_kafka


def test_a_port_that_two_roles_share_is_refused() -> None:
    assert problems("[ports]\npush = 8080\n") == [
        "tribune.toml:2: [ports] console and push are both 8080"
    ]


def test_the_port_of_a_server_that_does_not_run_here_is_free() -> None:
    text = '[clickhouse]\nurl = "http://h:8123"\n[ports]\nconsole = 8123\n'
    assert read(text).ports.console == 8123
