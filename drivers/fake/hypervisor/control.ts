/** Control commands: how tests and people steer the fake itself, and look into it. */
import { Type, type Static } from 'typebox';
import { unpacked } from '../packed.ts';
import type { ServerMessage } from '../protocol.ts';
import { Act, doAct } from './acts.ts';
import { compileCheck, Name, strict } from './schema.ts';
import { parseScript } from './script.ts';
import type { World } from './world.ts';

const Command = Type.Union([
  /** Something happens on a host now. */
  Type.Object({ do: Type.Literal('Act'), act: Act }, strict),
  /** Adds to the script that rules; see script.ts. */
  Type.Object({ do: Type.Literal('AddScript'), script: Type.Unknown() }, strict),
  /** Everything is instant and goes well again. */
  Type.Object({ do: Type.Literal('ClearScript') }, strict),
  Type.Object({ do: Type.Literal('ClearFaults') }, strict),
  /** The machines of a host as the fake has them, and its storage. */
  Type.Object({ do: Type.Literal('Show'), host: Name }, strict),
  Type.Object({ do: Type.Literal('ReadDisk'), host: Name, pool: Name, name: Name }, strict),
  /** How often each verb was called, by host. */
  Type.Object({ do: Type.Literal('Stats') }, strict),
  /** The last 10,000 calls that change things; of one machine, disk or base, when named. */
  Type.Object({ do: Type.Literal('Calls'), subject: Type.Optional(Name) }, strict),
]);
type Command = Static<typeof Command>;

const check = compileCheck(Command);

export function control(world: World, command: unknown): ServerMessage {
  const problem = check(command);
  if (problem !== undefined) return { controlError: `not a control command: ${problem}` };
  try {
    return { control: carryOut(world, command as Command) ?? null };
  } catch (error) {
    return { controlError: error instanceof Error ? error.message : String(error) };
  }
}

function carryOut(world: World, command: Command): unknown {
  switch (command.do) {
    case 'Act':
      return doAct(world, command.act);
    case 'AddScript':
      return world.addScript(parseScript(command.script));
    case 'ClearScript':
      return world.clearScript();
    case 'ClearFaults':
      return world.faults.clear();
    case 'Show': {
      const host = world.host(command.host);
      return { facts: host.facts(), machines: [...host.machines()], storage: [...host.storage.contents()] };
    }
    case 'ReadDisk': {
      const disk = world.host(command.host).storage.disk(command);
      if (disk === undefined) throw new Error(`there is no disk ${command.name} in pool ${command.pool}`);
      return disk.content === undefined ? disk : { ...disk, content: inflated(disk.content) };
    }
    case 'Stats':
      return world.calls.counts();
    case 'Calls':
      return world.calls.calls(command.subject);
  }
}

const inflated = (content: string): string => Buffer.from(unpacked(content)).toString('base64');
