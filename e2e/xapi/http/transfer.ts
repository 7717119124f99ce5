/**
 * The bytes of disks over HTTP: `PUT /import_raw_vdi` and `GET /export_raw_vdi`, raw, with a length.
 *
 * Who names a task hears of the outcome there; the server ends it. A PUT without bytes is how clients look for a redirect before
 * they send a stream: it changes nothing. A repository that this host is not connected to is served by another, which the answer
 * says.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Ref } from '../../../drivers/xen/model/model.ts';
import { byUuid } from '../rpc/generic.ts';
import { asFailure, Failure, failure } from '../wire/failure.ts';
import { BLOCK_BYTES, type BlockDevice } from '../world/blocks.ts';
import { blocksOf, isAttached, refreshUsage } from '../world/disks.ts';
import type { Task } from '../world/task.ts';
import type { World } from '../world/world.ts';
import { authorize, queryOf } from './authorize.ts';

type Work = (vdi: Ref, blocks: BlockDevice, task: Task) => Promise<void>;

export async function importRawVdi(world: World, host: Ref, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const length = request.headers['content-length'];
  const isProbe = length === '0';
  await transfer(world, host, 'VDI.import', request, response, isProbe, async (vdi, blocks, task) => {
    if (length === undefined) throw failure('INTERNAL_ERROR', 'a length is needed: there is no chunked encoding here');
    const { read_only: readOnly, virtual_size: size } = world.store.get('VDI', vdi);
    if (readOnly) throw failure('VDI_READONLY', vdi);
    if (isAttached(world, world.store.get('VDI', vdi))) throw failure('VDI_IN_USE', vdi, 'import');
    let offset = 0;
    for await (const part of request) {
      const bytes = part as Buffer;
      task.signal.throwIfAborted();
      if (offset + bytes.length > size) throw new Failure('VDI_IO_ERROR', ['Device I/O errors']);
      blocks.write(offset, bytes);
      offset += bytes.length;
      task.progress(offset / Number(length));
      await world.work('VDI.import.part', task);
    }
    if (offset !== Number(length)) throw failure('IMPORT_ERROR_PREMATURE_EOF');
    refreshUsage(world, vdi);
    response.writeHead(200, { 'content-length': 0 }).end();
  });
}

export async function exportRawVdi(world: World, host: Ref, request: IncomingMessage, response: ServerResponse): Promise<void> {
  await transfer(world, host, 'VDI.export', request, response, false, async (_vdi, blocks, task) => {
    const { size } = blocks;
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': size });
    for (let offset = 0; offset < size; offset += BLOCK_BYTES) {
      task.signal.throwIfAborted();
      if (!response.write(blocks.read(offset, BLOCK_BYTES))) await drained(response);
      await world.work('VDI.export.part', task);
      task.progress(offset / size);
    }
    response.end();
  });
}

async function transfer(
  world: World,
  host: Ref,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
  isProbe: boolean,
  work: Work,
): Promise<void> {
  const query = queryOf(request);
  const session = authorize(world, request);
  if (session === undefined) return refuse(response, 401, 'SESSION_INVALID');
  let task: Task | undefined;
  try {
    const given = query.get('task_id');
    if (given !== null) task = world.tasks.adopt(world.store.has('task', given) ? given : byUuid(world.store, 'task', given));
    const vdi = diskOf(world, query.get('vdi') ?? '');
    const elsewhere = redirect(world, host, vdi);
    if (elsewhere !== undefined) {
      response.writeHead(302, { location: `${elsewhere}${request.url ?? ''}`, 'content-length': 0 }).end();
      return;
    }
    if (isProbe && task === undefined) {
      response.writeHead(200, { 'content-length': 0 }).end();
      return;
    }
    if ((query.get('format') ?? 'raw') !== 'raw')
      throw failure('VALUE_NOT_SUPPORTED', 'format', query.get('format') ?? '', 'only raw disks are served');
    await world.faults.before(name, [vdi]);
    await work(vdi, blocksOf(world, vdi), task ?? world.tasks.hidden(name));
    await world.faults.after(name, [vdi]);
    if (task !== undefined) world.tasks.succeed(task, '');
  } catch (error) {
    if (task !== undefined) world.tasks.fail(task, error);
    if (world.errorsInBody && !response.headersSent) {
      // As seen in the wild: the status was sent before anybody knew.
      const { code } = asFailure(error);
      response.writeHead(200, { 'content-type': 'text/plain' }).end(`${code}\n`);
    } else if (response.headersSent) response.destroy();
    else refuse(response, 500, asFailure(error).message);
  }
}

function diskOf({ store }: World, named: string): Ref {
  return store.has('VDI', named) ? named : byUuid(store, 'VDI', named);
}

/** The address of a host that is connected to the disk's repository, if this one is not. */
function redirect({ store, scheme, port }: World, host: Ref, vdi: Ref): string | undefined {
  const attached = store
    .get('SR', store.get('VDI', vdi).SR)
    .PBDs.map((pbd) => store.get('PBD', pbd))
    .filter((pbd) => pbd.currently_attached);
  if (attached.length === 0) throw failure('SR_HAS_NO_PBDS', store.get('VDI', vdi).SR);
  if (attached.some((pbd) => pbd.host === host)) return undefined;
  const { address } = store.get('host', attached[0]?.host ?? '');
  return `${scheme}://${address}:${port}`;
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(`${text}\n`);
}

async function drained(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const closed = () => reject(new Error('the client went away'));
    response.once('drain', () => {
      response.off('close', closed);
      resolve();
    });
    response.once('close', closed);
  });
}
