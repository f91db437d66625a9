"""A replay whose stages keep a changelog, compacted by key as the broker would: it can be stopped and restored."""

from schemas.rules.rulebook import Rulebook
from streams.intake.intake_stage import IntakeStage
from streams.products.product_stage import ProductStage
from streams.profiles.customer_stage import CustomerStage
from streams.replay import ONE_EACH, Replay, Stages
from streams.stage import Effects, Out, Stage
from streams.visits.session_stage import SessionStage
from tests.world import World

Changelog = dict[bytes, bytes]


def write(changelog: Changelog, effects: Effects) -> None:
    """What the broker keeps of a batch's changelog: the last value of each key, nothing of a tombstone."""
    for key, value in effects.changelog:
        if value is None:
            changelog.pop(key, None)
        else:
            changelog[key] = value


def restore(stage: Stage, changelog: Changelog) -> None:
    """The stage as a new owner of the partition has it."""
    for key, value in changelog.items():
        stage.restore(key, value)
    stage.open()


class DurableReplay(Replay):
    """`kill` throws the live objects away and restores new ones from their changelogs, perhaps under another
    rulebook. Rulebooks are taken over as live."""

    def __init__(self, rulebook: Rulebook, lateness_ms: int) -> None:
        super().__init__(rulebook, lateness_ms)
        self.activates = True
        self.changelogs: dict[str, Changelog] = {"sessions": {}, "intake": {}, "customers": {}, "products": {}}
        self.kill(rulebook)

    def kill(self, rulebook: Rulebook, *, takes_over: bool = True) -> None:
        """Stop without a word, and start anew; what was committed came out. If it does not take the rulebook over, it
        goes on by the one that is recorded."""
        self._effects = self.take()
        self.sessions = SessionStage(0, rulebook, ONE_EACH, self._lateness)
        self.intake = {topic: IntakeStage(topic, 0, self._lateness, rulebook=rulebook) for topic in self.intake}
        self.customers = CustomerStage(0, rulebook, ONE_EACH)
        self.products = ProductStage(0, rulebook, ONE_EACH, self._lateness)
        stages: tuple[Stages, ...] = (self.sessions, *self.intake.values(), self.customers, self.products)
        for stage in stages:
            restore(stage, self._changelog(stage))
            if takes_over and stage.rulebook is not None and stage.rulebook.version != rulebook.version:
                stage.take_over(rulebook)
            said = self._outputs(stage)
            assert not said, "a stage commits the rules that it opens episodes by, and says nothing, before it folds"

    def _changelog(self, stage: Stages) -> Changelog:
        if stage is self.sessions:
            return self.changelogs["sessions"]
        if stage is self.products:
            return self.changelogs["products"]
        return self.changelogs["customers" if stage is self.customers else "intake"]

    def _outputs(self, stage: Stages) -> list[Out]:
        """Each batch is committed; the counts stay with the stage."""
        effects = stage.take()
        write(self._changelog(stage), effects)
        for name, by in effects.counts.items():
            self._effects.count(*name, by=by)
        self._effects.observed += effects.observed
        return effects.outputs


def driver_of(world: World) -> DurableReplay:
    """The driver of a story that was given this one."""
    assert isinstance(world.replay, DurableReplay)
    return world.replay
