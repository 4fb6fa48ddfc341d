"""Critical results and who was told; nothing here is ever changed or removed."""

from alembic import op

revision, down_revision = "0008", "0007"

_TABLES = """
CREATE TABLE critical_result (
    result_id text COLLATE "C" PRIMARY KEY,
    study_uid text COLLATE "C" NOT NULL REFERENCES study,
    report_version integer,
    what text NOT NULL CHECK (what ~ '[^[:space:]]'),
    category text NOT NULL CHECK (category IN ('minutes', 'hours', 'days')),
    within_s integer NOT NULL,
    step_s integer NOT NULL CHECK (step_s > 0 AND step_s <= within_s),
    found_at timestamptz NOT NULL,
    -- Only a person opens one (ADR-0022); the worker has no hand in it even by mistake.
    opened_by text NOT NULL CHECK (opened_by NOT IN ('', 'worker')),
    opened_at timestamptz NOT NULL CHECK (opened_at >= found_at),
    CONSTRAINT critical_result_report FOREIGN KEY (study_uid, report_version) REFERENCES report (study_uid, version)
);
CREATE INDEX critical_result_study ON critical_result (study_uid, opened_at);
CREATE INDEX critical_result_opened ON critical_result (opened_at);

CREATE TABLE critical_attempt (
    number bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    result_id text COLLATE "C" NOT NULL REFERENCES critical_result,
    told_by text NOT NULL CHECK (told_by ~ '[^[:space:]]'),
    received_by text NOT NULL CHECK (received_by ~ '[^[:space:]]'),
    received_at timestamptz NOT NULL,
    method text NOT NULL CHECK (method IN ('in person', 'by telephone', 'by video call', 'by secure message')),
    read_back text NOT NULL CHECK (read_back IN (
        'confirmed by read-back', 'reached without read-back', 'unable to reach')),
    recorded_by text NOT NULL CHECK (recorded_by NOT IN ('', 'worker')),
    recorded_at timestamptz NOT NULL CHECK (recorded_at >= received_at),
    corrects bigint,
    reason text NOT NULL,
    CHECK ((corrects IS NULL) = (reason = ''))
);
CREATE UNIQUE INDEX critical_attempt_result ON critical_attempt (result_id, number);
-- An entry is corrected once, and only within its own result.
CREATE UNIQUE INDEX critical_attempt_corrects ON critical_attempt (corrects) WHERE corrects IS NOT NULL;
ALTER TABLE critical_attempt ADD CONSTRAINT critical_attempt_same_result
    FOREIGN KEY (result_id, corrects) REFERENCES critical_attempt (result_id, number);

CREATE TABLE critical_notice (
    result_id text COLLATE "C" NOT NULL REFERENCES critical_result,
    step text COLLATE "C" NOT NULL,
    called text NOT NULL,
    cause text NOT NULL,
    called_at timestamptz NOT NULL,
    PRIMARY KEY (result_id, step)
);

CREATE TABLE critical_delivery (
    number bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    result_id text COLLATE "C" NOT NULL,
    step text COLLATE "C" NOT NULL,
    channel text COLLATE "C" NOT NULL,
    sent boolean NOT NULL,
    tried_at timestamptz NOT NULL,
    reason text NOT NULL,
    CONSTRAINT critical_delivery_notice FOREIGN KEY (result_id, step) REFERENCES critical_notice
);
CREATE INDEX critical_delivery_result ON critical_delivery (result_id, number);
CREATE UNIQUE INDEX critical_delivery_sent ON critical_delivery (result_id, step, channel) WHERE sent;
"""

_STAYS = """
CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON {table} TO firstread_app;
"""


def upgrade() -> None:
    op.execute(_TABLES)
    for table in ("critical_result", "critical_attempt", "critical_notice", "critical_delivery"):
        op.execute(_STAYS.format(table=table))
