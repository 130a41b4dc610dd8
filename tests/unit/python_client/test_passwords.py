"""Passwords of the demo users."""

from general_bots_conversations.user_pool import generate_password


def test_password_satisfies_the_policy_of_the_user_pool() -> None:
    password = generate_password()

    assert len(password) >= 12
    assert any(character.isdigit() for character in password)
    assert any(character.isupper() for character in password)
    assert any(character.islower() for character in password)


def test_passwords_are_different() -> None:
    assert len({generate_password() for _ in range(20)}) == 20
