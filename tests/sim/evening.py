"""The evening that is simulated: a few units, one round, one group of short presentations."""

from schemas.broadcasts import Broadcast, Evaluator, Group, Panel, Round, Slot, Text, Unit
from schemas.formulas import Criterion, PresentationFormula

COUNTY, ROUND, GROUP = "county", "satisfaction-2026", "heads"
MINIMUM_BALLOTS = 2

BROADCAST = Broadcast(
    id=COUNTY,
    title=Text(en="County"),
    units=[Unit(f"u{n}", n, "department", Text(en=f"Bureau {n}")) for n in (1, 2, 3)],
    rounds=[Round(ROUND, Text(en="Satisfaction"), minimum_ballots=MINIMUM_BALLOTS)],
    groups=[Group(GROUP, Text(en="Heads"))],
    slots=[
        Slot(f"s{n}", group=GROUP, unit=f"u{n}", allotted_ms=4_000, warning_ms=1_500)
        for n in (1, 2, 3)
    ],
    panels=[Panel("leaders", Text(en="Leaders"))],
    evaluators=[Evaluator(f"e{n}", "leaders", Text(en=f"E{n}")) for n in (1, 2)],
    formulas=[
        PresentationFormula(
            id="presentation",
            version=1,
            criteria=[Criterion("results", 60), Criterion("delivery", 40)],
            panels={"leaders": 1},
        )
    ],
)
