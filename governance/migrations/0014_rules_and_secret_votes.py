"""The rules of committees as data, members from afar, secret votes, ties found by the portal."""

import django.contrib.postgres.fields
import django.db.models.deletion
import governance.models.committee
import uuid
from django.db import migrations, models


KINDS = """
UPDATE governance_body SET kind = 'establishment' WHERE establishment_id IS NOT NULL;
"""
CLOSED_VOTES = """
CREATE FUNCTION governance_closed_vote_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    voted bigint;
BEGIN
    voted := CASE TG_OP WHEN 'DELETE' THEN OLD.item_id ELSE NEW.item_id END;
    IF EXISTS (SELECT 1 FROM governance_item WHERE id = voted AND vote_closed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a vote that is closed stays: % is refused', TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER governance_closed_vote_stays BEFORE INSERT OR UPDATE OR DELETE
    ON governance_vote FOR EACH ROW EXECUTE FUNCTION governance_closed_vote_stays();
CREATE TRIGGER governance_closed_vote_stays BEFORE INSERT OR UPDATE OR DELETE
    ON governance_secretvoter FOR EACH ROW EXECUTE FUNCTION governance_closed_vote_stays();
CREATE TRIGGER governance_closed_vote_stays BEFORE INSERT OR UPDATE OR DELETE
    ON governance_secretballot FOR EACH ROW EXECUTE FUNCTION governance_closed_vote_stays();
CREATE FUNCTION governance_vote_of_an_opinion_stays_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.decision_id IS NOT NULL AND (NEW.decision_id IS DISTINCT FROM OLD.decision_id
       OR NEW.vote_closed_at IS DISTINCT FROM OLD.vote_closed_at
       OR NEW.secret <> OLD.secret) THEN
        RAISE EXCEPTION 'the vote that gave an opinion stays closed'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER governance_vote_of_an_opinion_stays_closed BEFORE UPDATE
    ON governance_item FOR EACH ROW
    EXECUTE FUNCTION governance_vote_of_an_opinion_stays_closed();
"""
CLOSED_VOTES_REVERSE = """
DROP TRIGGER governance_vote_of_an_opinion_stays_closed ON governance_item;
DROP FUNCTION governance_vote_of_an_opinion_stays_closed();
DROP TRIGGER governance_closed_vote_stays ON governance_vote;
DROP TRIGGER governance_closed_vote_stays ON governance_secretvoter;
DROP TRIGGER governance_closed_vote_stays ON governance_secretballot;
DROP FUNCTION governance_closed_vote_stays();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0013_nonconformities"),
    ]

    operations = [
        migrations.CreateModel(
            name="SecretBallot",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "choice",
                    models.CharField(
                        choices=[
                            ("favourable", "Favourable"),
                            ("reserved", "Reserved"),
                            ("deferred", "Deferred"),
                            ("unfavourable", "Unfavourable"),
                            ("abstain", "Abstain"),
                        ],
                        max_length=12,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SecretVoter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="attendance",
            name="remote",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="body",
            name="call",
            field=models.CharField(blank=True, max_length=160),
        ),
        migrations.AddField(
            model_name="body",
            name="kind",
            field=models.CharField(
                choices=[
                    ("establishment", "Establishment"),
                    ("network", "Network"),
                    ("jury", "Jury"),
                ],
                default="network",
                max_length=13,
            ),
        ),
        migrations.AddField(
            model_name="body",
            name="remote_counts",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="body",
            name="required_seats",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("science", "Science"),
                        ("ethics", "Ethics"),
                        ("law", "Law"),
                        ("method", "Method"),
                        ("care", "Care"),
                        ("patients", "Patients"),
                    ],
                    max_length=10,
                ),
                default=governance.models.committee.always_required,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="body",
            name="rules_act",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name="body",
            name="secret_votes",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="declaration",
            name="by_portal",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="declaration",
            name="explanation",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="declaration",
            name="found",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=14), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="item",
            name="secret",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="mandate",
            name="act",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.RunSQL(KINDS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="body",
            constraint=models.CheckConstraint(
                condition=models.Q(("required_seats__contains", ["patients"])),
                name="patients_sit_on_every_opinion",
            ),
        ),
        migrations.AddConstraint(
            model_name="body",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("call", ""), ("establishment__isnull", False), ("kind", "establishment")
                    ),
                    models.Q(("call", ""), ("establishment__isnull", True), ("kind", "network")),
                    models.Q(("kind", "jury"), models.Q(("call", ""), _negated=True)),
                    _connector="OR",
                ),
                name="body_is_of_its_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="body",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "establishment")),
                fields=("establishment",),
                name="one_committee_per_establishment",
            ),
        ),
        migrations.AddConstraint(
            model_name="body",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "network")),
                fields=("kind",),
                name="one_committee_of_the_network",
            ),
        ),
        migrations.AddField(
            model_name="secretballot",
            name="item",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="secret_ballots",
                to="governance.item",
            ),
        ),
        migrations.AddField(
            model_name="secretvoter",
            name="item",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="secret_voters",
                to="governance.item",
            ),
        ),
        migrations.AddField(
            model_name="secretvoter",
            name="mandate",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="secret_voters",
                to="governance.mandate",
            ),
        ),
        migrations.AddConstraint(
            model_name="secretvoter",
            constraint=models.UniqueConstraint(fields=("item", "mandate"), name="one_ballot_each"),
        ),
        migrations.RunSQL(CLOSED_VOTES, CLOSED_VOTES_REVERSE),
    ]
