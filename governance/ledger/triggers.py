"""What the database itself holds about the ledger, for governance's first migration.

Add ``*LEDGER_TRIGGERS`` after the ``CreateModel`` of the ledger's models. Triggers, and not rights
alone: they bind the owner of the tables too.
"""

from django.db import migrations

REFUSE_CHANGE = """
CREATE FUNCTION governance_ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
"""

APPEND_ONLY = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION governance_ledger_refuse_change();
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION governance_ledger_refuse_change();
"""

APPEND_ONLY_REVERSE = """
DROP TRIGGER {table}_no_truncate ON {table};
DROP TRIGGER {table}_append_only ON {table};
"""

APPEND_ONLY_TABLES = (
    "governance_leaf",
    "governance_checkpoint",
    "governance_signingkey",
)

LEAF_RULES = """
ALTER TABLE governance_leaf
    ADD CONSTRAINT leaf_under_64_kib CHECK (octet_length(bytes) < 65536),
    ADD CONSTRAINT leaf_hash_of_bytes CHECK (leaf_hash = sha256('\\x00'::bytea || bytes));
CREATE FUNCTION governance_leaf_without_gap() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    expected bigint;
BEGIN
    SELECT coalesce(max(index) + 1, 0) INTO expected FROM governance_leaf;
    IF NEW.index <> expected THEN
        RAISE EXCEPTION 'leaf % would not follow the last one: % is next', NEW.index, expected
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER governance_leaf_without_gap BEFORE INSERT ON governance_leaf
    FOR EACH ROW EXECUTE FUNCTION governance_leaf_without_gap();
"""

LEAF_RULES_REVERSE = """
DROP TRIGGER governance_leaf_without_gap ON governance_leaf;
DROP FUNCTION governance_leaf_without_gap();
ALTER TABLE governance_leaf
    DROP CONSTRAINT leaf_hash_of_bytes, DROP CONSTRAINT leaf_under_64_kib;
"""

TILE_RULES = """
ALTER TABLE governance_tile ADD CONSTRAINT tile_of_whole_hashes
    CHECK (octet_length(hashes) % 32 = 0 AND octet_length(hashes) BETWEEN 32 AND 8192);
"""

TILE_RULES_REVERSE = "ALTER TABLE governance_tile DROP CONSTRAINT tile_of_whole_hashes;"

LEDGER_TRIGGERS = [
    migrations.RunSQL(REFUSE_CHANGE, "DROP FUNCTION governance_ledger_refuse_change();"),
    *(
        migrations.RunSQL(APPEND_ONLY.format(table=table), APPEND_ONLY_REVERSE.format(table=table))
        for table in APPEND_ONLY_TABLES
    ),
    migrations.RunSQL(LEAF_RULES, LEAF_RULES_REVERSE),
    migrations.RunSQL(TILE_RULES, TILE_RULES_REVERSE),
]
