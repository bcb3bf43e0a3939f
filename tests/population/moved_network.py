"""Kinds of trouble with network devices and printers: parts that go elsewhere, numbers and names that several show."""

from __future__ import annotations

from collections.abc import Iterator

from tests.population.said import Said
from tests.population.things import Thing, World
from tests.population.troubles import agent
from tests.population.voices import Heard, register, snmp, ssh


def member_leaves(world: World) -> Iterator[Said]:
    """glpi-agent #583, #850: the master is taken out of a stack and works alone elsewhere; the stack goes on with the other."""
    thing = world.network(trouble="stack loses its master", maker="Cisco")
    first, second = world.number("FCW9999A9AA"), world.number("FCW9999A9AA")
    ports = world.port_macs("70d379", 5)
    own = thing.macs[:5]
    thing.serial, thing.macs = first, [*own, *ports]
    at = world.day()
    yield snmp(thing, at, members=[first, second])
    left = thing.but(serial=second, macs=ports)
    left.engine_id = "8000000903" + ports[0].replace(":", "")
    yield snmp(left, world.day(at), members=[second]) if world.rng.random() < 0.5 else snmp(left, world.day(at))
    lone = thing.but(truth=world.truth("switch"), serial=first, macs=own, hostname=world.name("sw"), ip=world.address())
    yield snmp(lone, world.day(at, 10, 20))
    yield snmp(left, world.day(at, 21, 30))


def renumbered(world: World) -> Iterator[Said]:
    """diode #561, nautobot-onboarding #526: the members of a stack change their numbers."""
    thing = world.network(trouble="stack renumbered", maker="Cisco")
    members = [world.number("FCW9999A9AA") for _ in range(3)]
    thing.serial = members[0]
    at = world.day()
    yield snmp(thing, at, members=members)
    yield snmp(thing, world.day(at), members=[members[0], members[2], members[1]])
    yield snmp(thing, world.day(at, 10, 20), members=[members[2], members[0], members[1]])


def exchanged(world: World) -> Iterator[Said]:
    """LibreNMS #2975: a broken switch is exchanged, the new one gets name, address and engine id; neither shows a serial."""
    old = world.network(trouble="switch exchanged, no serial", maker="MikroTik")
    new = world.network(trouble=old.trouble, maker="MikroTik")
    old.serial = new.serial = ""
    new.hostname, new.ip, new.engine_id = old.hostname, old.ip, old.engine_id
    at = world.day()
    yield snmp(old, at)
    yield snmp(new, world.day(at, 2, 9))
    yield snmp(new, world.day(at, 10, 20))


def failover(world: World) -> Iterator[Said]:
    """snmp-info #373: a pair answers at one address; whoever is active shows the pair's virtual cards, its name, and its own serial."""
    one = world.network("firewall", "pair behind one address")
    two = world.network("firewall", one.trouble, maker=one.vendor)
    two.hostname, two.ip = one.hostname, one.ip
    virtual = world.port_macs("00090f", 3)
    one.macs, two.macs = [one.macs[0], *virtual], [two.macs[0], *virtual]
    if world.rng.random() < 0.5:
        two.engine_id = one.engine_id = "8000304404" + world.hex(12)
    at = world.day()
    for thing in (one, two, one, two):
        yield snmp(thing, at)
        at = world.day(at, 0, 4)


def failover_all_cards(world: World) -> Iterator[Said]:
    """The same where the standby takes over all addresses of the active one (Cisco ASA); only the serials tell them apart."""
    one = world.network("firewall", "pair that swaps its addresses", maker="Cisco")
    two = world.network("firewall", one.trouble, maker="Cisco")
    two.hostname, two.ip, two.macs, two.engine_id = one.hostname, one.ip, list(one.macs), one.engine_id
    at = world.day()
    for thing in (one, two, one, two):
        yield snmp(thing, at)
        at = world.day(at, 0, 4)


def controllers_serial(world: World) -> Iterator[Said]:
    """NAV, glpi-agent #850: access points that answer with the serial of their controller, and some with its name."""
    controller = world.network("firewall", "access points with the controller's serial")
    at = world.day()
    yield snmp(controller, at, cls="wireless_controller")
    points: list[Thing] = []
    for n in range(3):
        point = world.network("ap", controller.trouble, maker=controller.vendor)
        point.serial = controller.serial
        if n == 2:
            point.hostname = points[0].hostname
        points.append(point)
    for _ in range(2):
        for point in points:
            yield snmp(point, at := world.soon(at))
        at = world.day(at, 0, 2)
    yield snmp(controller, world.day(at), cls="wireless_controller")


def printers_by_name(world: World) -> Iterator[Said]:
    """Cacti #1676: printers that show a name, the same on all, and an address, and nothing else."""
    at, name = world.day(), world.rng.choice(("HP LaserJet", "BRN-HL", "OfficePrinter"))
    printers = []
    for _ in range(3):
        thing = Thing(world.truth("printer"), "printer", "printers with a name only", "Brother", "HL-L5100", macs=[""], hostname=name)
        thing.ip = world.address()
        printers.append(thing)
    for _ in range(2):
        for thing in printers:
            yield snmp(thing, at)
            at = world.soon(at)
        at = world.day(at, 0, 4)


def printers_own_names(world: World) -> Iterator[Said]:
    """The same with names of their own and addresses that change: the name is all there is, and it is enough."""
    at = world.day()
    thing = Thing(world.truth("printer"), "printer", "printer with a name of its own", "Brother", "HL-L5100", macs=[""])
    thing.hostname, thing.ip = world.name("prn"), world.address()
    yield snmp(thing, at)
    yield snmp(thing.but(ip=world.address()), world.day(at))
    yield snmp(thing, world.day(at, 10, 20))


def nodes_of_a_cluster(world: World) -> Iterator[Said]:
    """discovery.md §5: Kubernetes nodes and failover clusters: the same virtual cards and a wandering address on all of them."""
    at, calico = world.day(), "ee:ee:ee:ee:ee:ee"
    nodes = []
    for _ in range(3):
        node = world.vm("nodes of one cluster", "proxmox")
        node.os, node.serial = "linux", "Not Specified"
        world.install(node)
        node.macs = [*node.macs, calico]
        nodes.append(node)
    for _ in range(2):
        for node in nodes:
            yield ssh(node, at, root=world.rng.random() < 0.5)
            yield agent(world, node, world.soon(at))
            at = world.day(at, 0, 1)


def blade_moved(world: World) -> Iterator[Said]:
    """A blade goes to another enclosure, and another comes into its slot."""
    one, two = world.computer("blade", "blade in another enclosure"), world.computer("blade", "blade in another enclosure")
    here, there = world.number("CZ39999AAA"), world.number("CZ39999AAA")
    one.chassis_serial, two.chassis_serial = here, there
    at = world.day()
    yield ssh(one, at)
    yield ssh(two, world.soon(at))
    at = world.day(at)
    yield agent(world, one.but(chassis_serial=there), at)
    yield agent(world, two.but(chassis_serial=here), world.soon(at))
    yield ssh(one.but(chassis_serial=there), world.day(at), root=False)


def profile_moved(world: World) -> Iterator[Said]:
    """UCS and Virtual Connect: a service profile with UUID and addresses goes to the spare blade; the makers' serials stay."""
    one, two = world.computer("blade", "profile on another blade"), world.computer("blade", "profile on another blade")
    at = world.day()
    yield ssh(one, at)
    carried = two.but(
        uuid=one.uuid, macs=one.macs, hostname=one.hostname, machine_id=one.machine_id, host_keys=one.host_keys, agent_id=one.agent_id
    )
    carried.deviceid = one.deviceid
    yield ssh(carried, world.day(at))
    yield agent(world, carried, world.day(at, 10, 20))


def unknown_controller(world: World) -> Iterator[Said]:
    """Redfish, GLPI: a management controller that nobody recognises as one shows the serial of its host."""
    host = world.computer("server", "controller taken for a device", os="linux")
    bmc = host.but(truth=world.truth("bmc"), macs=[world.mac("0cc47a")] * 2, hostname=f"ipmi-{world.name('x')}", domain="oob", os="")
    bmc.engine_id, bmc.ip, bmc.agent_id, bmc.machine_id, bmc.host_keys = "80000009" + world.hex(20), world.address(), "", "", ()
    at = world.day()
    yield snmp(bmc, at, cls="device")
    yield agent(world, host, world.day(at))
    yield snmp(bmc, world.day(at, 10, 20), cls="device")


def hosts_behind_a_phone(world: World) -> Iterator[Said]:
    """NAV: a desk phone and the PC behind it on one port, and the PC's adapter of another desk a week later."""
    switch, other = world.network(trouble="PC behind a phone"), world.network(trouble="PC behind a phone")
    one, two = world.computer("laptop", "PC behind a phone"), world.computer("laptop", "PC behind a phone")
    adapter = world.mac("00e04c")
    at = world.day()
    yield snmp(switch, at, Heard(hosts=((one.macs[0], one.truth), (adapter, ""))))
    yield agent(world, one.but(lent=[adapter]), world.day(at))
    yield agent(world, two.but(lent=[adapter]), world.day(at, 10, 20))
    yield snmp(other, world.day(at, 10, 20), Heard(hosts=((two.macs[0], two.truth), (adapter, ""))))


def registers_disagree(world: World) -> Iterator[Said]:
    """snipe-it #6228: two registers, one in small letters, one with the model or a word on no list in the serial's column."""
    one, two = world.computer("laptop", "two registers"), world.computer("laptop", "two registers")
    one.asset_tag, two.asset_tag = world.number("A-999999"), world.number("A-999999")
    at = world.day()
    yield agent(world, one, at)
    yield agent(world, two, at)
    yield register([(one, {"serial": one.serial.lower()}), (two, {"serial": two.serial.lower()})], world.day(at))
    two.model = one.model
    wrong = {"serial": world.rng.choice((one.model.upper(), "SEE LABEL BELOW")), "name": ""}
    yield register([(one, wrong)], world.day(at, 10, 20), "stock.csv")
    yield register([(two, wrong)], world.day(at, 10, 20), "stock.csv")


def engine_of_the_model(world: World) -> Iterator[Said]:
    """discovery.md §5: devices of one model whose firmware has one engine id and one name for all, and which show no card."""
    at, name, engine = world.day(), world.name("SB"), "80001f8804" + world.hex(12)
    things = []
    for _ in range(3):
        thing = Thing(world.truth("printer"), "printer", "engine id of the model", "Brother", "HL-L5100", macs=[""], hostname=name)
        thing.ip, thing.engine_id = world.address(), engine
        things.append(thing)
    for _ in range(3):
        for thing in things:
            yield snmp(thing, at)
            at = world.soon(at)
