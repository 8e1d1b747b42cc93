"""The public ledger: an append-only log of leaves, its tiles, its signed checkpoints.

The leaves are the only truth. Tiles are a cache of hashes computed from them, checkpoints are what
was signed about them, and both can be made again or checked from the leaves alone.

Nothing here is written but by ``governance.ledger``. Triggers (``governance.ledger.triggers``)
refuse any change to a leaf, a signing key or a checkpoint, and any leaf that would leave a gap.
"""

from django.db import models


class Leaf(models.Model):
    """One row is one leaf: the canonical JSON (RFC 8785) of one thing attested, for ever.

    Written by ``governance.ledger.leaves.append_leaf`` in the transaction that writes what it
    attests. Never goes away. The database holds besides that ``leaf_hash`` is the hash of
    ``bytes``, that ``bytes`` is under 64 KiB and that indexes follow each other from 0.
    """

    index = models.BigIntegerField(primary_key=True)
    bytes = models.BinaryField()
    leaf_hash = models.BinaryField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        ordering = ["index"]
        constraints = [
            models.CheckConstraint(condition=models.Q(index__gte=0), name="leaf_index_from_zero"),
        ]

    def __str__(self):
        return f"leaf {self.index}"


class Tile(models.Model):
    """One row is up to 256 hashes of 32 bytes, side by side, at one level of tiles.

    Level 0 holds the hashes of leaves; a hash at level L is the root of 256**L leaves. Written by
    ``governance.ledger.tree``: it grows until it is full, and may be deleted at any time, since it
    is rebuilt from the leaves when it is missed.
    """

    pk = models.CompositePrimaryKey("level", "number")
    level = models.PositiveSmallIntegerField()
    number = models.BigIntegerField()
    hashes = models.BinaryField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(number__gte=0, level__lte=7), name="tile_in_range"
            ),
        ]

    def __str__(self):
        return f"tile {self.level}/{self.number}"


class SigningKey(models.Model):
    """One row is a public key that has signed, or may now sign, the ledger.

    The first is written at the first signature; each later one by a rotation, with the leaf signed
    by the one before it. The private halves are never in the database. Never goes away.
    """

    vkey = models.CharField(max_length=300, unique=True)
    announced_in = models.OneToOneField(
        Leaf, on_delete=models.PROTECT, null=True, related_name="announced_key"
    )
    since = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self):
        return self.vkey


class Checkpoint(models.Model):
    """One row is a signed statement: the tree of ``size`` leaves has this ``root``.

    Written by ``governance.ledger.signer.integrate``; the last row is the one published. Never goes
    away: it lets anyone find under which checkpoint a leaf first stood.
    """

    size = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    key = models.ForeignKey(SigningKey, on_delete=models.PROTECT, related_name="checkpoints")
    signed_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["size", "key"], name="checkpoint_once_per_size_and_key"
            ),
            models.CheckConstraint(
                condition=models.Q(size__gte=0), name="checkpoint_size_from_zero"
            ),
        ]

    def __str__(self):
        return f"checkpoint {self.size}"

    @property
    def last_index(self):
        """The index of the last leaf it signs (-1 for the empty tree)."""
        return self.size - 1


class Opening(models.Model):
    """One row opens one salted commitment that stands in a leaf: its salt and its content.

    Written by ``governance.ledger.commitments.commit_to``. Blanked, never deleted, by ``erase``:
    the leaf still proves that something was committed to, and nobody can find what any more.
    """

    commitment = models.CharField(max_length=64, primary_key=True)
    salt = models.BinaryField(max_length=32, null=True)
    content = models.BinaryField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(salt__isnull=True, content__isnull=True, erased_at__isnull=False)
                | models.Q(salt__isnull=False, content__isnull=False, erased_at__isnull=True),
                name="opening_whole_or_erased",
            ),
        ]

    def __str__(self):
        return self.commitment
