"""What Maven's own settings say about the way to Maven Central: mirror, its password, proxy.

Read as Maven reads them (maven.apache.org/settings.html), from the user's `settings.xml`, or else
from that of the Maven in MAVEN_HOME. Without any, jgo's own default is asked, by HTTPS.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

CENTRAL = "central"
# Of the patterns of <mirrorOf> these hold for Maven Central; `external:http:*` does not, for it is
# asked by HTTPS.
_FOR_CENTRAL = {"*", "external:*", CENTRAL}


class BadMavenSettings(ValueError):
    """A settings.xml cannot be obeyed; the text names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class MavenSettings:
    """The way to Maven Central; `mirror` is None where nothing else is named."""

    mirror: str | None = None
    proxies: Mapping[str, str] = field(default_factory=dict[str, str])
    """As the variables that name proxies to programs, e.g. `HTTPS_PROXY`."""


def read_settings(environment: Mapping[str, str] = os.environ) -> MavenSettings:
    """Read the first settings file that is there.

    Raises:
        BadMavenSettings: it is not XML, or names what only Maven can read.
    """
    home = Path(environment.get("HOME") or Path.home())
    places = [home / ".m2" / "settings.xml"]
    if maven := environment.get("MAVEN_HOME") or environment.get("M2_HOME"):
        places.append(Path(maven, "conf", "settings.xml"))
    for place in places:
        if place.is_file():
            return parse(place.read_text(encoding="utf-8"), str(place), environment)
    return MavenSettings()


def parse(text: str, name: str, environment: Mapping[str, str]) -> MavenSettings:
    """Read a settings.xml; `name` is how errors call it.

    Raises:
        BadMavenSettings: it is not XML, or names what only Maven can read.
    """
    try:
        root: Element = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException) as error:
        raise BadMavenSettings(f"{name} cannot be read: {error}") from None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.text = _filled(element.text or "", environment)
    return MavenSettings(_mirror(root, name), _proxies(root))


def _filled(text: str, environment: Mapping[str, str]) -> str:
    named = re.compile(r"\$\{env\.(\w+)\}")
    return named.sub(lambda found: environment.get(found[1], found[0]), text.strip())


def _mirror(root: Element, name: str) -> str | None:
    for mirror in root.iterfind("mirrors/mirror"):
        if _is_for_central(mirror.findtext("mirrorOf", "")):
            url = mirror.findtext("url", "").rstrip("/")
            return _with_password(url, root, mirror.findtext("id", ""), name)
    return None


def _is_for_central(mirror_of: str) -> bool:
    patterns = {pattern.strip() for pattern in mirror_of.split(",")}
    return f"!{CENTRAL}" not in patterns and bool(patterns & _FOR_CENTRAL)


def _with_password(url: str, root: Element, server_id: str, name: str) -> str:
    for server in root.iterfind("servers/server"):
        if server.findtext("id") == server_id and (user := server.findtext("username")):
            password = server.findtext("password", "")
            if password.startswith("{") and password.endswith("}"):
                raise BadMavenSettings(
                    f"{name}: the password of server {server_id!r} is encrypted, which only Maven "
                    "can read; give it as ${env.SOME_VARIABLE}"
                )
            return _with_user(url, user, password)
    return url


def _with_user(url: str, user: str, password: str) -> str:
    parts = urlsplit(url)
    host = f"{quote(user, safe='')}:{quote(password, safe='')}@{parts.netloc}"
    return urlunsplit(parts._replace(netloc=host))


def without_password(url: str) -> str:
    """Give an address as it may be shown."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _proxies(root: Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for proxy in root.iterfind("proxies/proxy"):
        if proxy.findtext("active", "true") == "true" and (host := proxy.findtext("host")):
            url = f"http://{host}:{proxy.findtext('port') or '8080'}"
            if user := proxy.findtext("username"):
                url = _with_user(url, user, proxy.findtext("password", ""))
            # Maven's <protocol> is of the proxy itself; one active proxy serves both kinds.
            found |= {"HTTP_PROXY": url, "HTTPS_PROXY": url}
            # Java writes `*.example.org|localhost`, other programs `.example.org,localhost`.
            past = proxy.findtext("nonProxyHosts", "").replace("|", ",").replace("*.", ".")
            return found | ({"NO_PROXY": past} if past else {})
    return found
