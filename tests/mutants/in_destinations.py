"""Bugs in how destinations are called: slots, names and addresses, rests and probes."""

from tests.mutants.bug import Bug, bug

DESTINATION = "tests/agents/dispatch/test_destination.py"
COURIER = "tests/agents/dispatch/test_courier.py"
NETWORK = "tests/agents/dispatch/test_network.py"

BUGS: list[Bug] = [
    bug(
        "dispatcher_trusts_its_own_clock",
        "a fast worker expires what is in time, a slow one sends what has expired",
        "agents/dispatch/dispatcher.py",
        "        self._clock = brokers.latest_ms\n",
        "        self._clock = lambda: int(brokers._wall() * 1000)\n",
        DESTINATION,
    ),
    bug(
        "rest_not_kept",
        "a receiver that wants to be left alone is called for the other lines",
        "agents/dispatch/destination.py",
        "return max(self._queue[0].at_ms, self._rest.until_ms)",
        "return self._queue[0].at_ms",
        DESTINATION,
    ),
    bug(
        "closed_share_kept",
        "a ledger stays in memory for as long as its last line has to wait",
        "agents/dispatch/destination.py",
        "if entry.share is not share]",
        "if True]",
        DESTINATION,
    ),
    bug(
        "time_out_taken_for_unsent",
        "the request has left, there is no answer: that is not unsent",
        "agents/dispatch/courier.py",
        "return Outcome(Result.AMBIGUOUS if sent else Result.UNSENT)",
        "return Outcome(Result.UNSENT)",
        COURIER,
    ),
    # -- destinations ------------------------------------------------------------------------------------------------
    bug(
        "destinations_share_their_slots",
        "those that hang use up what another one needs",
        "agents/dispatch/destination.py",
        "        self._slots = asyncio.Semaphore(slots)\n",
        '        self._slots = tasks.__dict__.setdefault("slots", asyncio.Semaphore(slots))\n',
        DESTINATION,
    ),
    bug(
        "slots_beyond_the_bound",
        "the bound on all calls holds for each destination alone",
        "agents/dispatch/slots.py",
        "max(1, min(want, left // (len(wanted) - number)))",
        "max(1, min(want, most))",
        DESTINATION,
    ),
    bug(
        "names_looked_up_in_common_threads",
        "a name server that hangs takes the threads that all destinations, and Kafka's clients, look names up in",
        "agents/dispatch/network.py",
        '        threading.Thread(target=look, name=f"look up {host}", daemon=True).start()\n',
        "        loop.run_in_executor(None, look)\n",
        NETWORK,
    ),
    bug(
        "a_thread_for_each_call",
        "a name server that hangs is asked again by every call, each in a thread of its own",
        "agents/dispatch/network.py",
        "        if self._looking is None:\n",
        "        if True:\n",
        NETWORK,
    ),
    bug(
        "name_resolved_twice",
        "the name is judged, and then looked up again by whoever connects: it may lead elsewhere by now",
        "agents/dispatch/network.py",
        "return await self._tcp.connect_tcp(str(address), port,",
        "return await self._tcp.connect_tcp(str((await self._addresses(host, port))[0]), port,",
        NETWORK,
    ),
    bug(
        "one_public_address_is_enough",
        "a name leads to a public address and to our own network, and is called at either",
        "agents/dispatch/network.py",
        "if not all(self._may_be_called(address) for address in found):",
        "if not any(self._may_be_called(address) for address in found):",
        NETWORK,
    ),
    bug(
        "disguised_addresses_are_public",
        "a private address is called in the clothes of IPv6",
        "agents/settings/addresses.py",
        "        return Standing.PUBLIC if standing(inner) is Standing.PUBLIC else Standing.FORBIDDEN\n",
        "        return Standing.PUBLIC\n",
        "tests/agents/settings/test_addresses.py",
    ),
    bug(
        "metadata_allowed_with_private",
        "whoever allows private addresses allows the metadata service that lies among them",
        "agents/settings/addresses.py",
        "    if address in _METADATA:\n",
        "    if address in ():\n",
        "tests/agents/settings/test_addresses.py",
    ),
    bug(
        "all_go_as_probes",
        "a destination that refuses us is called for all lines at each interval",
        "agents/dispatch/destination.py",
        "        if not self._queue or (self.trouble is not None and self._running):\n",
        "        if not self._queue:\n",
        DESTINATION,
    ),
    bug(
        "probes_at_one_interval",
        "a destination that refuses us is asked every five seconds for ever",
        "streams/delivery/resting.py",
        "min(2 * self._wait_ms, PROBE_MS_MAX)",
        "PROBE_MS_MIN",
        "tests/streams/test_resting.py",
    ),
    bug(
        "rest_outlasts_expiry",
        "what expires while a destination rests is said to have only after it",
        "agents/dispatch/destination.py",
        "            entry.share.expire(entry.trigger_id)\n",
        "            pass\n",
        DESTINATION,
    ),
    bug(
        "one_message_stops_a_destination",
        "a recipient that is refused with 403 rests the destination again and again",
        "agents/dispatch/destination.py",
        "if takes_others and line.detail == Result.UNAUTHORIZED.value:",
        "if False:",
        DESTINATION,
    ),
]
