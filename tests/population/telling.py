"""The tale: stories drawn by their share until there are enough devices, all their observations in order of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.population import copied_troubles as copied
from tests.population import lent_troubles as lent
from tests.population import more_troubles as more
from tests.population import moved_network as moved
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
    copied.mass_image,
    copied.mass_image_plain,
    lent.hot_desks,
    lent.dock_only,
    lent.dock_only_bare,
    copied.bios_clone,
    copied.vdi_pool,
    copied.restored_beside,
    copied.migrated,
    copied.same_names_two_sites,
    lent.tag_reused,
    lent.serial_of_two_makers,
    lent.screens_of_two_makers,
    lent.board_and_serial_lost,
    copied.bridges_of_a_clone,
    copied.recycled_instance,
    lent.subsystem,
    lent.fresh_enrolment,
    lent.two_radios,
    copied.snmp_clones,
    lent.own_devices,
    lent.agents_without_cards,
    lent.two_adapters,
    copied.containers_of_one_image,
    copied.openstack_guests,
    lent.tablets_without_radio,
    lent.equal_bridges_of_macs,
    copied.two_clouds,
    lent.cheap_boards,
    lent.installed_anew_with_card,
    moved.member_leaves,
    moved.renumbered,
    moved.exchanged,
    moved.failover,
    moved.failover_all_cards,
    moved.controllers_serial,
    moved.printers_by_name,
    moved.printers_own_names,
    moved.nodes_of_a_cluster,
    moved.blade_moved,
    moved.profile_moved,
    moved.unknown_controller,
    moved.hosts_behind_a_phone,
    moved.registers_disagree,
    moved.engine_of_the_model,
)
HEALTHY: tuple[Life, ...] = (pc.healthy, pc.healthy, pc.healthy, pc.healthy_vm, pc.phone, net.healthy_switch, net.healthy_router)
TROUBLED = 0.5
"""Share of stories with trouble: far more than a real site has."""


@dataclass(frozen=True, slots=True)
class Tale:
    """All that was said, in order of time; and of each true thing, in which kind of trouble it is."""

    said: tuple[Said, ...]
    trouble: dict[str, str]


def tell(devices: int, seed: int, troubles: Sequence[Life] = TROUBLES) -> Tale:
    """A world of about that many devices. The same numbers give the same tale. `troubles`: whose stories are told among the healthy."""
    world = World(seed)
    said: list[Said] = []
    trouble: dict[str, str] = {}
    stories = 0
    while len(trouble) < devices:
        # Every kind comes in turn, so that a small world has all of them.
        life = troubles[stories // 2 % len(troubles)] if stories % 2 and TROUBLED else world.rng.choice(HEALTHY)
        stories += 1
        for one in life(world):
            said.append(one)
            trouble |= dict.fromkeys((truth for truth in one.truth.values() if truth not in trouble), life.__name__)
    said.sort(key=lambda one: one.observation.observed_at)
    return Tale(tuple(said), trouble)
