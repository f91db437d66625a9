"""A replay whose stages keep a changelog, compacted by key as the broker would: it can be stopped and restored."""

from schemas.rulebook import Rulebook
from schemas.topics import Topic
from streams.customer_stage import CustomerStage
from streams.intake_stage import IntakeStage
from streams.replay import ONE_EACH, Replay
from streams.session_stage import SessionStage
from streams.stage import Effects, Out, Stage

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


def commit(stage: SessionStage | IntakeStage | CustomerStage, changelog: Changelog) -> list[Out]:
    """The stage's outputs, its changelog written; the counts stay with the stage."""
    effects = stage.take()
    write(changelog, effects)
    for name, by in effects.counts.items():
        stage._effects.count(*name, by=by)
    stage._effects.observed += effects.observed
    return effects.outputs


class DurableSessions(SessionStage):
    """Sessions that commit after each batch."""

    def __init__(self, rulebook: Rulebook, lateness_ms: int, changelog: Changelog) -> None:
        super().__init__(0, rulebook, lateness_ms)
        self._changelog = changelog

    def outputs(self) -> list[Out]:
        return commit(self, self._changelog)


class DurableIntake(IntakeStage):
    """An intake that commits after each batch."""

    def __init__(self, topic: Topic, lateness_ms: int, changelog: Changelog) -> None:
        super().__init__(topic, 0, lateness_ms)
        self._changelog = changelog

    def outputs(self) -> list[Out]:
        return commit(self, self._changelog)


class DurableCustomers(CustomerStage):
    """Customers that commit after each batch."""

    def __init__(self, rulebook: Rulebook, changelog: Changelog) -> None:
        super().__init__(0, rulebook, ONE_EACH)
        self._changelog = changelog

    def outputs(self) -> list[Out]:
        return commit(self, self._changelog)


class DurableReplay(Replay):
    """`kill` throws the live objects away and restores new ones from their changelogs, perhaps under another
    rulebook."""

    def __init__(self, rulebook: Rulebook, lateness_ms: int) -> None:
        super().__init__(rulebook, lateness_ms)
        self.changelogs: dict[str, Changelog] = {"sessions": {}, "intake": {}, "customers": {}}
        self.kill(rulebook)

    def kill(self, rulebook: Rulebook) -> None:
        """Stop without a word, and start anew; what was committed came out."""
        self._effects = self.take()
        logs = self.changelogs
        self.sessions = DurableSessions(rulebook, self._lateness, logs["sessions"])
        self.customers = DurableCustomers(rulebook, logs["customers"])
        restore(self.sessions, logs["sessions"])
        restore(self.customers, logs["customers"])
        for topic in self.intake:
            self.intake[topic] = DurableIntake(topic, self._lateness, logs["intake"])
            restore(self.intake[topic], logs["intake"])
