from sqlmodel import SQLModel

from db.critical_rows import from_attempt, from_delivery, from_notice, from_result, to_result
from tests.builders import NOW, a_critical_result, an_attempt
from triage.critical import Category, Cause, Delivery, Method, Notice, ReadBack


def test_a_result_and_all_that_hangs_on_it_survive_the_way_there_and_back():
    attempt = an_attempt(number=7, corrects=3, reason="Misspelt.")
    notice = Notice("0", "Ward doctor", Cause.OPENED, NOW)
    delivery = Delivery("0", "mail", sent=False, at=NOW, reason="No answer.")
    given = a_critical_result(attempts=(attempt,), notices=(notice,), deliveries=(delivery,))
    row = from_attempt(given.result_id, attempt)
    row.number = 7
    back = to_result(
        from_result(given),
        [row],
        [from_notice(given.result_id, notice)],
        [from_delivery(given.result_id, delivery)],
    )
    assert back == given


def test_the_database_knows_the_same_words_as_the_domain(owner):
    """A method or an outcome that the domain learns has to be let in by a migration."""
    found = owner.execute(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' AND conrelid IN "
        "('critical_result'::regclass, 'critical_attempt'::regclass)"
    ).fetchall()
    rules = " ".join(row[0] for row in found)
    for word in (*Category, *Method, *ReadBack):
        assert f"'{word.value}'" in rules


def test_every_critical_table_is_kept_from_changes(owner):
    """A table added later has to be given its trigger, and no right but to read and to add."""
    ours = {name for name in SQLModel.metadata.tables if name.startswith("critical_")}
    assert len(ours) == 4
    kept = {
        r[0] for r in owner.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
    }
    assert ours <= kept
    granted = owner.execute(
        "SELECT DISTINCT privilege_type FROM information_schema.role_table_grants "
        "WHERE grantee = 'firstread_app' AND table_name LIKE 'critical%'"
    ).fetchall()
    assert {row[0] for row in granted} == {"SELECT", "INSERT"}
