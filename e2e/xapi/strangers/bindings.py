"""What XenServer's own bindings for Python see of a pool: a VM's life, events, tasks, and the types of what comes back."""

import json
import sys
import time
import xmlrpc.client

import XenAPI

url, user, password = sys.argv[1:]
session = XenAPI.Session(url)
seen = {}


def failing(call, *arguments):
    try:
        call(*arguments)
    except XenAPI.Failure as failure:
        return failure.details
    return None


def settled(task):
    while session.xenapi.task.get_status(task) == "pending":
        time.sleep(0.02)
    record = session.xenapi.task.get_record(task)
    session.xenapi.task.destroy(task)
    return record


seen["wrong password"] = failing(session.login_with_password, user, "wrong")
session.login_with_password(user, password, "1.0", "bindings")
api = session.xenapi


def kind(value):
    """The type on the wire, as the bindings give it."""
    if isinstance(value, dict):
        return "map"
    if isinstance(value, list):
        return "set"
    if isinstance(value, xmlrpc.client.DateTime):
        return "datetime"
    return type(value).__name__


pool = api.pool.get_all()[0]
sr = api.pool.get_default_SR(pool)
network = api.network.get_by_name_label("Pool-wide network associated with eth0")[0]
template = api.VM.get_by_name_label("Debian Bookworm 12")[0]
token = api.event.inject("pool", pool)

# A VM from a template, with a card and another disk.
cloned = settled(api.Async.VM.clone(template, "bound"))
seen["clone"] = [cloned["status"], cloned["progress"], cloned["result"].startswith("<value>OpaqueRef:"), kind(cloned["finished"])]
vm = api.VM.get_by_name_label("bound")[0]
api.VM.provision(vm)
qos = {"qos_algorithm_type": "", "qos_algorithm_params": {}}
vdi = api.VDI.create({"name_label": "data", "SR": sr, "virtual_size": str(64 << 20), "type": "user", "sharable": False, "read_only": False, "other_config": {}})
vbd = api.VBD.create({"VM": vm, "VDI": vdi, "userdevice": "1", "bootable": False, "mode": "RW", "type": "Disk", "empty": False, "other_config": {}, **qos})
vif = api.VIF.create({"VM": vm, "network": network, "device": "0", "MAC": "aa:bb:dd:aa:00:15", "MTU": "1500", "other_config": {}, **qos})
api.VIF.configure_ipv4(vif, "Static", "192.0.2.20/24", "192.0.2.1")
api.VM.set_memory_limits(vm, str(64 << 20), str(256 << 20), str(256 << 20), str(256 << 20))

# Power.
started = settled(api.Async.VM.start(vm, False, False))
seen["start"] = [started["status"], started["result"], api.VM.get_power_state(vm)]
seen["start again"] = failing(api.VM.start, vm, False, False)[2:]
seen["address"] = api.VM_guest_metrics.get_networks(api.VM.get_guest_metrics(vm))["0/ip"]
states = []
for change in (api.VM.pause, api.VM.unpause, api.VM.suspend):
    change(vm)
    states.append(api.VM.get_power_state(vm))
api.VM.resume(vm, False, False)
states.append(api.VM.get_power_state(vm))
api.VM.clean_reboot(vm)
api.VM.clean_shutdown(vm)
states.append(api.VM.get_power_state(vm))
seen["states"] = states

# What was told of all that.
batch = getattr(api.event, "from")(["VM", "vbd/" + vbd], token, 5.0)
told = [(event["class"], event["operation"], event["ref"]) for event in batch["events"]]
seen["events"] = [("vm", "add", vm) in told, ("vbd", "add", vbd) in told, len(told) == len(set(told))]
seen["snapshot"] = [event["snapshot"]["power_state"] for event in batch["events"] if event["ref"] == vm]
seen["empty"] = getattr(api.event, "from")(["task"], batch["token"], 0.1)["events"]

# Types.
record = api.VM.get_record(vm)
fields = ["VCPUs_max", "memory_static_max", "is_a_template", "HVM_shadow_multiplier", "snapshot_time", "platform", "VBDs", "affinity", "order"]
seen["types"] = {name: kind(record[name]) for name in fields}
seen["event types"] = {name: kind(value) for name, value in batch["events"][0].items()}

# And the end of it.
seen["destroy"] = [api.VM.destroy(vm), failing(api.VM.get_record, vm)[:2], api.VDI.get_VBDs(vdi)]
api.VDI.destroy(vdi)
session.logout()
try:
    api.VM.get_all()
except xmlrpc.client.Fault as fault:
    seen["logged out"] = fault.faultCode
print(json.dumps(seen))
