"""The tale: stories drawn by their share until there are enough devices, all their observations in order of time."""

from __future__ import annotations

from dataclasses import dataclass

from tests.population import more_troubles as more
from tests.population import network_troubles as net
from tests.population import troubles as pc
from tests.population.said import Said
from tests.population.things import World
from tests.population.troubles import Life

TROUBLES: tuple[Life, ...] = (
    pc.placeholder_serial,
    pc.placeholder_uuid,
    pc.unlisted_uuid,
    pc.unlisted_serial,
    pc.dock,
    pc.dock_without_serial,
    pc.pass_through,
    pc.cloned_vm,
    pc.cloned_vm_plain,
    pc.cloned_agent,
    pc.moved_image,
    pc.board_replaced,
    pc.card_replaced,
    pc.renamed,
    pc.reinstalled,
    pc.second_agent,
    pc.byte_order,
    pc.spelling,
    pc.tag_wrong,
    pc.serial_typo,
    pc.name_reused,
    pc.name_reused_plain,
    pc.same_address,
    pc.localhost,
    pc.weak_vm,
    more.container,
    more.unmarked_container,
    more.cloud,
    net.neighbour_by_name,
    net.several_cards,
    net.stack,
    net.first_hop,
    net.ha_pair,
    net.contexts,
    net.controller_of_host,
    net.blades,
    net.twins,
    net.monitors,
    net.printer,
    net.replaced_switch,
    net.default_names,
    net.moving_guest,
    more.dual_boot,
    more.server_by_snmp,
    more.made_daily,
    more.clone_with_address,
    more.small_board,
    more.phones_in_a_list,
    more.swapped_boards,
    more.lent_parts,
)
HEALTHY: tuple[Life, ...] = (pc.healthy, pc.healthy, pc.healthy, pc.healthy_vm, pc.phone, net.healthy_switch, net.healthy_router)
TROUBLED = 0.5
"""Share of stories with trouble: far more than a real site has."""


@dataclass(frozen=True, slots=True)
class Tale:
    """All that was said, in order of time; and of each true thing, in which kind of trouble it is."""

    said: tuple[Said, ...]
    trouble: dict[str, str]


def tell(devices: int, seed: int) -> Tale:
    """A world of about that many devices. The same numbers give the same tale."""
    world = World(seed)
    said: list[Said] = []
    trouble: dict[str, str] = {}
    stories = 0
    while len(trouble) < devices:
        # Every kind comes in turn, so that a small world has all of them.
        life = TROUBLES[stories // 2 % len(TROUBLES)] if stories % 2 and TROUBLED else world.rng.choice(HEALTHY)
        stories += 1
        for one in life(world):
            said.append(one)
            trouble |= dict.fromkeys((truth for truth in one.truth.values() if truth not in trouble), life.__name__)
    said.sort(key=lambda one: one.observation.observed_at)
    return Tale(tuple(said), trouble)
