"""The service's figures for Prometheus. One registry a service, so that two in a process do not mix."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from stp.serve.scheduler import Scheduler, Verifier

#: Seconds: most checks take milliseconds, the slowest a minute or two.
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Metrics:
    """Counters that are told, and gauges that are read when someone asks (`watch`)."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._checks = Counter("stp_checks", "Checks finished.", ["kind", "outcome"], registry=self._registry)
        self._seconds = Histogram(
            "stp_check_seconds",
            "Seconds of wall clock a check took in its worker.",
            ["kind"],
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._dropped = Counter(
            "stp_checks_dropped",
            "Checks never started because the client had gone.",
            registry=self._registry,
        )
        self._refused = Counter(
            "stp_requests_refused", "Requests refused, by reason.", ["reason"], registry=self._registry
        )
        self._requests = Counter(
            "stp_requests",
            "Requests answered, by path and HTTP status.",
            ["path", "status"],
            registry=self._registry,
        )

    def watch(self, verifier: Verifier, scheduler: Scheduler) -> None:
        self._registry.register(_Live(verifier, scheduler))

    def checked(self, outcome: str, file: bool, seconds: float) -> None:
        kind = "file" if file else "check"
        self._checks.labels(kind, outcome).inc()
        self._seconds.labels(kind).observe(seconds)

    def dropped(self, checks: int) -> None:
        self._dropped.inc(checks)

    def refused(self, reason: str) -> None:
        self._refused.labels(reason).inc()

    def answered(self, path: str, status: int) -> None:
        self._requests.labels(path, str(status)).inc()

    def text(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self._registry)


class _Live(Collector):
    """What is so at the moment."""

    def __init__(self, verifier: Verifier, scheduler: Scheduler) -> None:
        self._verifier = verifier
        self._scheduler = scheduler

    def collect(self) -> Iterator[Metric]:
        workers = list(self._verifier.workers)
        yield GaugeMetricFamily(
            "stp_queue_checks", "Checks that wait for a worker.", value=self._scheduler.queued
        )
        yield GaugeMetricFamily(
            "stp_queue_limit", "Checks that may wait at most.", value=self._scheduler.max_queue
        )
        yield GaugeMetricFamily("stp_workers_alive", "Lean processes.", value=len(workers))
        yield GaugeMetricFamily(
            "stp_workers_busy", "Lean processes that check something.", value=self._scheduler.busy
        )
        yield CounterMetricFamily(
            "stp_worker_restarts",
            "Lean processes started to replace another.",
            value=self._verifier.restarts,
        )
        memory = GaugeMetricFamily(
            "stp_worker_resident_bytes", "Resident memory of a Lean process.", labels=["pid"]
        )
        for worker in workers:
            with contextlib.suppress(OSError):  # it may end while it is looked at
                memory.add_metric([str(worker.pid)], worker.resident_bytes())
        yield memory
        environment = self._verifier.environment
        yield InfoMetricFamily(
            "stp_environment",
            "What the verdicts depend on.",
            value={
                "id": environment.id,
                "lean_version": environment.lean_version,
                "lean_commit": environment.lean_commit,
                "checker": environment.checker,
                "imports": ",".join(environment.imports),
                "heartbeats": str(environment.heartbeats),
            },
        )
