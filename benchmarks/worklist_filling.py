"""Studies by the million for `benchmarks.worklist`: invented, and written in a few statements."""

import psycopg

# Surnames and first names of three syllables; a low number is drawn more often, as in a town.
_NAME = """
CREATE FUNCTION pg_temp.word(k bigint) RETURNS text LANGUAGE sql AS $$ SELECT initcap(
    (ARRAY['ka','ri','mo','le','sa','tu','be','no','vi','da','fe','go','hi','ju','pa','wo'])[k % 16 + 1] ||
    (ARRAY['lan','mer','son','ter','vik','den','ros','nau','bel','cor','dim','fal','gar','hol','jen','kov'])[k / 16 % 16 + 1] ||
    (ARRAY['','a','er','ov','in','sen','ez','ich','ski','ton','ley','man','berg','dottir','ian','ova'])[k / 256 % 16 + 1]) $$;
"""
_STUDIES = """
INSERT INTO study (study_uid, patient_value, patient_issuer, patient_name, birth_date, sex, accession_number, modality,
    studied_at, received_at, order_priority, indication, simulated, status, status_reason, moved_at, urgency, reasons,
    ai_negative, due_at, levels, claimed_by, claimed_until)
SELECT '1.2.826.' || n, 'P-' || n / 3, 'Ward 7', pg_temp.word((4096 * a * a)::bigint) || '^' || pg_temp.word((512 * b * b)::bigint),
    date '1940-01-01' + (25000 * c)::int, 'female', 'A-' || (1000000 + n), CASE WHEN d < .7 THEN 'DX' WHEN d < .98 THEN 'CR' ELSE 'RF' END,
    at, at, 0, 'Cough.', true,
    CASE WHEN e < .5 THEN 'signed' WHEN e < .85 THEN 'ranked' WHEN e < .95 THEN 'unranked' ELSE 'received' END, '', at,
    level, '["NEWS2 5: urgent review within 1 hour", "ordered routine"]', f < .3, at + make_interval(hours => (ARRAY[504, 168, 24, 0])[level + 1]), 'x',
    CASE WHEN e >= .5 AND n % 2500 = 0 THEN 'clinician@demo' END, CASE WHEN e >= .5 AND n % 2500 = 0 THEN now() + interval '1 day' END
FROM (SELECT n, a, b, c, d, e, f, now() - interval '90 days' * (1 - n::float8 / {size}) AS at,
        CASE WHEN g < .05 THEN 3 WHEN g < .2 THEN 2 WHEN g < .45 THEN 1 ELSE 0 END AS level
    FROM (SELECT n, random() a, random() b, random() c, random() d, random() e, random() f, random() g
        FROM generate_series(1, {size}) n) drawn) made;
"""
_OTHERS = """
INSERT INTO instance (sop_instance_uid, study_uid, series_uid, sha256, rows, columns, view, media_type)
    SELECT study_uid || '.1', study_uid, study_uid || '.2', repeat('a', 64), 2048, 2048, 'PA', 'application/dicom' FROM study;
INSERT INTO vitals (study_uid, measured_at, measurements, hypercapnic)
    SELECT study_uid, received_at, '{"spo2_pct": 93, "resp_rate_bpm": 21, "heart_rate_bpm": 96}', false FROM study;
INSERT INTO consent SELECT 'c-' || patient_value, patient_value, 'Ward 7', 'active', '1', 'x', 'en', 'x', 'x', now() - interval '99 days'
    FROM (SELECT DISTINCT patient_value FROM study) known WHERE hashtext(patient_value) % 4 <> 0;
INSERT INTO provision (consent_id, purpose, permits, starts_at)
    SELECT consent_id, 'ai-reading', hashtext(consent_id) % 9 <> 0, signed_at FROM consent;
UPDATE open_count o SET studies = (SELECT count(*) FROM study WHERE waiting AND study.urgency = o.urgency);
"""
_TABLES = ("study", "instance", "vitals", "consent", "provision")


def fill(owner_url: str, size: int) -> None:
    """File so many studies at once: without the indexes, which are made at the end as they were."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("SELECT setseed(0.5)")
        owner.execute("SET maintenance_work_mem = '512MB'")
        owner.execute(_NAME)
        made = owner.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'study' AND indexname <> 'study_pkey'"
        ).fetchall()
        for name, _ in made:
            owner.execute(f"DROP INDEX {name}")
        for name in _TABLES:
            owner.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
        owner.execute(_STUDIES.format(size=size))
        for statement in _OTHERS.split(";\n"):
            owner.execute(statement)
        for name in _TABLES:
            owner.execute(f"ALTER TABLE {name} ENABLE TRIGGER USER")
        for _, definition in made:
            owner.execute(definition)
        owner.execute("VACUUM ANALYZE")
