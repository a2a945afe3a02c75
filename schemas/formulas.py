"""A formula is a published document with an id and a version; a change is a new version."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from schemas.ids import Id

Positive = Annotated[int, Meta(ge=1)]
RATED_CHOICES = {"very_satisfied", "satisfied", "average", "not_satisfied"}
Percent = Annotated[int, Meta(ge=0, le=100)]
FULL_SCORE = 10_000  # 100 in hundredths: scores are whole numbers of these (DESIGN, Principles 7)


class FormulaRef(Struct, frozen=True, forbid_unknown_fields=True):
    """Which formula, which version of it."""

    id: Id
    version: Positive


class SatisfactionFormula(
    Struct, frozen=True, forbid_unknown_fields=True, tag="satisfaction", tag_field="kind"
):
    """Weighted mean of the rated ballots; weights in hundredths of full satisfaction."""

    id: Id
    version: Positive
    weights: dict[str, Percent]

    def __post_init__(self) -> None:
        """Refuse a formula that leaves a rated choice without a weight."""
        if missing := RATED_CHOICES - self.weights.keys():
            raise ValueError(f"no weight for {', '.join(sorted(missing))}")


class Criterion(Struct, frozen=True, forbid_unknown_fields=True):
    """What an evaluator marks: an integer from 0 to `max`."""

    id: Id
    max: Positive
    title: dict[Literal["zh", "en"], str] | None = None


class CitizensPart(Struct, frozen=True, forbid_unknown_fields=True):
    """How much a unit's satisfaction counts in its presentation's score."""

    weight: Annotated[int, Meta(ge=0)] = 0
    round: Id | None = None
    # as for a round (schemas.broadcasts)
    minimum_ballots: Positive = 30


class PresentationFormula(
    Struct, frozen=True, forbid_unknown_fields=True, tag="presentation", tag_field="kind"
):
    """Panels' trimmed means by weight (CONTRACT, A broadcast file)."""

    id: Id
    version: Positive
    criteria: Annotated[list[Criterion], Meta(min_length=1)]
    panels: Annotated[dict[Id, Positive], Meta(min_length=1)]
    # of three, one is left when the ends are dropped: no panel may be smaller
    drop_extremes_from: Annotated[int, Meta(ge=3)] = 5
    citizens: CitizensPart = field(default_factory=CitizensPart)
    tie_break: list[str] = []


Formula = SatisfactionFormula | PresentationFormula

# published: a change of a weight is another version, never another number here
SATISFACTION_V1 = SatisfactionFormula(
    id="satisfaction",
    version=1,
    weights={"very_satisfied": 100, "satisfied": 80, "average": 60, "not_satisfied": 0},
)
