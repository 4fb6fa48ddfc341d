import pytest

from db.connection import Database
from db.errors import DatabaseUnavailable
from db.health import check


def test_a_migrated_database_reached_as_the_application_is_fit(database):
    check(database)


def test_an_old_database_is_not(own_database, owner, database):
    owner.execute("UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(DatabaseUnavailable, match="migrate it as its owner"):
        check(database)


def test_an_empty_database_is_not(own_database, owner, database):
    owner.execute("DROP TABLE alembic_version")
    with pytest.raises(DatabaseUnavailable, match="migrate it as its owner"):
        check(database)


def test_the_owner_s_address_is_refused(addresses):
    as_owner = Database(addresses.owner_url)
    with pytest.raises(DatabaseUnavailable, match="connect as firstread_app"):
        check(as_owner)
    as_owner.close()


@pytest.mark.parametrize("right", ["UPDATE", "DELETE", "TRUNCATE", "TRIGGER"])
def test_a_role_with_one_right_too_many_is_refused(own_database, owner, database, right):
    owner.execute(f"GRANT {right} ON audit_event TO firstread_app")
    with pytest.raises(DatabaseUnavailable, match="may change the audit trail"):
        check(database)


def test_a_database_that_does_not_answer_is_said_so(tmp_path):
    with pytest.raises(DatabaseUnavailable, match="did not answer"):
        check(Database(f"postgresql://u:p@/n?host={tmp_path}"))
