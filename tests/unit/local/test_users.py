"""Passwords of the demo users."""

from local.users import new_password


def test_a_password_satisfies_the_pools_policy() -> None:
    password = new_password()

    assert len(password) >= 12
    assert any(character.isdigit() for character in password)
    assert any(character.isupper() for character in password)
    assert any(character.islower() for character in password)


def test_no_two_passwords_are_the_same() -> None:
    assert len({new_password() for _ in range(20)}) == 20
