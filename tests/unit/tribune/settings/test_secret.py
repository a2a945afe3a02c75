from pathlib import Path

from tribune.settings.secret import read_secret, secret_path
from tribune.settings.shape import Secrets, Settings


def test_the_secret_is_made_once_and_kept_for_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    made = read_secret(settings)
    assert len(made) >= 32
    assert read_secret(settings) == made
    assert secret_path(settings).stat().st_mode & 0o777 == 0o600
    assert settings.data.stat().st_mode & 0o777 == 0o700
    assert list(settings.data.iterdir()) == [secret_path(settings)]


def test_the_secret_of_the_settings_makes_no_file(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data", secrets=Secrets("0123456789abcdef"))
    assert read_secret(settings) == b"0123456789abcdef"
    assert not (tmp_path / "data").exists()


def test_all_of_a_long_secret_counts() -> None:
    one, other = (Settings(secrets=Secrets("k" * 64 + end)) for end in "ab")
    assert read_secret(one) != read_secret(other)
