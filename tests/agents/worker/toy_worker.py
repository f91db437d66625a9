"""A worker process of the toy role, for tests that kill it. Settings come from the environment, as in real life."""

from agents.settings.settings import Settings
from agents.web.metrics import Metrics
from agents.worker.role import Role
from agents.worker.worker import run
from schemas.topics import Topic
from tests.stages import CountingStage

TOY = Role("toy", ((Topic.CLICKSTREAM,),), Topic.SESSIONS_CHANGELOG, CountingStage)

if __name__ == "__main__":
    run(Settings(), [TOY], Metrics())
