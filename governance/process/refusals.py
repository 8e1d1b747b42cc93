"""Why a step is not taken. Each carries what the page, the API and the tests need to say it."""


class Refusal(Exception):
    """A step was asked and not taken; nothing was written. ``code`` names why."""

    code = "refused"


class UnknownStep(Refusal):
    code = "unknown_step"


class WrongState(Refusal):
    """The case or its track is not where this step is taken from."""

    code = "wrong_state"


class StaleCase(Refusal):
    """Somebody decided in between: the caller looked at an earlier revision."""

    code = "stale"


class NotPermitted(Refusal):
    """This person does not take this step here. ``why`` is one of: ``role``, ``party``,
    ``conflict``, ``apart``, ``delegation``."""

    code = "not_permitted"

    def __init__(self, why: str):
        super().__init__(why)
        self.why = why


class DelegationNeeded(NotPermitted):
    def __init__(self):
        super().__init__("delegation")


class ArticleNeeded(Refusal):
    """A negative decision cites at least one article."""

    code = "article_needed"


class ReasonNeeded(Refusal):
    """This decision is reasoned in words."""

    code = "reason_needed"


class DifferenceNeeded(Refusal):
    """Requests alike on the articles cited were answered the other way: a sentence says what
    differs. ``precedents`` are those decisions."""

    code = "difference_needed"

    def __init__(self, precedents):
        super().__init__(", ".join(str(decision.pk) for decision in precedents))
        self.precedents = precedents


class UnknownArticle(Refusal):
    code = "unknown_article"


class BadDetails(Refusal):
    """``errors`` maps a field of the step to messages in the reader's language."""

    code = "bad_details"

    def __init__(self, errors: dict[str, list[str]]):
        super().__init__(errors)
        self.errors = errors


class StepRefused(Refusal):
    """Articles or needs of procedure are not satisfied: ``verdicts`` says which, and who mends."""

    code = "articles"

    def __init__(self, verdicts):
        super().__init__(", ".join(v.clause for v in verdicts))
        self.verdicts = verdicts


class KeyReused(Refusal):
    """The idempotency key already served for another step or other words."""

    code = "key_reused"
