from pathlib import Path

import pytest

from tribune.embedded.kafka.maven import (
    BadMavenSettings,
    MavenSettings,
    parse,
    read_settings,
    without_password,
)

HEAD = '<settings xmlns="http://maven.apache.org/SETTINGS/1.2.0">'


def settings(inside: str, **environment: str) -> MavenSettings:
    return parse(f"{HEAD}{inside}</settings>", "settings.xml", environment)


def mirror(of: str, url: str = "https://mirror.example/maven/") -> str:
    inside = f"<id>ours</id><mirrorOf>{of}</mirrorOf><url>{url}</url>"
    return f"<mirrors><mirror>{inside}</mirror></mirrors>"


@pytest.mark.parametrize("of", ["*", "central", "external:*", "other, central", "*,!snapshots"])
def test_a_mirror_of_central_is_asked(of: str) -> None:
    assert settings(mirror(of)).mirror == "https://mirror.example/maven"


@pytest.mark.parametrize("of", ["other", "*,!central", "external:http:*", ""])
def test_a_mirror_of_others_is_not(of: str) -> None:
    assert settings(mirror(of)) == MavenSettings()


def test_a_mirrors_user_is_named_to_it_and_never_shown() -> None:
    server = (
        "<servers><server><id>ours</id><username>me</username>"
        "<password>${env.PASS}</password></server></servers>"
    )
    url = settings(server + mirror("*"), PASS="p@ss/word").mirror
    assert url == "https://me:p%40ss%2Fword@mirror.example/maven"
    assert without_password(url) == "https://mirror.example/maven"


def test_a_password_that_only_maven_can_read_is_said() -> None:
    server = (
        "<servers><server><id>ours</id><username>me</username>"
        "<password>{COQLCE6DU6GtcS5P=}</password></server></servers>"
    )
    with pytest.raises(BadMavenSettings, match=r"settings\.xml.*'ours' is encrypted"):
        settings(server + mirror("*"))


def test_the_active_proxy_is_told_to_programs() -> None:
    asleep = "<proxy><active>false</active><host>old.example</host></proxy>"
    active = (
        "<proxy><host>proxy.example</host><port>3128</port><username>me</username>"
        "<password>pw</password><nonProxyHosts>*.example.org|localhost</nonProxyHosts></proxy>"
    )
    url = "http://me:pw@proxy.example:3128"
    assert settings(f"<proxies>{asleep}{active}</proxies>").proxies == {
        "HTTP_PROXY": url,
        "HTTPS_PROXY": url,
        "NO_PROXY": ".example.org,localhost",
    }


@pytest.mark.parametrize("text", ["", "<settings>", "<!DOCTYPE a><settings/>"])
def test_what_is_not_xml_is_refused_by_the_files_name(text: str) -> None:
    with pytest.raises(BadMavenSettings, match=r"settings\.xml"):
        parse(text, "settings.xml", {})


def test_the_users_settings_come_before_those_of_the_installed_maven(tmp_path: Path) -> None:
    home, maven = tmp_path / "home", tmp_path / "maven"
    environment = {"HOME": str(home), "MAVEN_HOME": str(maven)}
    assert read_settings(environment) == MavenSettings()
    for folder, name in ((maven / "conf", "general"), (home / ".m2", "mine")):
        folder.mkdir(parents=True)
        text = f"{HEAD}{mirror('*', f'https://{name}.example/')}</settings>"
        (folder / "settings.xml").write_text(text)
        assert read_settings(environment).mirror == f"https://{name}.example"
