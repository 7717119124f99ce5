/** What a guest printed, as text that people may look at on a terminal of their own. */
import type { ConsoleLog, ObservedConsole } from '../../../crds/instance-action.ts';
import type { ConsoleTail } from '../../../drivers/insight.ts';

/** Colours, movements of the cursor, titles of windows: what a terminal would obey. */
// oxlint-disable-next-line no-control-regex -- they are what is taken out
const SEQUENCES = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[ -/]*[0-~])/g;
const CONTROLS = /[^\P{Cc}\n\t]/gu;

export function consoleText({ content, truncated }: ConsoleTail, { lines }: ConsoleLog = {}): ObservedConsole {
  const text = new TextDecoder('utf-8')
    .decode(truncated ? fromWholeCharacter(content) : content)
    .replaceAll(SEQUENCES, '')
    .replaceAll(/\r+\n?/g, '\n')
    .replaceAll(CONTROLS, '');
  const kept = lines === undefined ? text : lastLines(text, lines);
  return { text: kept, ...(truncated || kept.length < text.length ? { truncated: true } : {}) };
}

/** The cut may be in the middle of one. */
function fromWholeCharacter(content: Uint8Array): Uint8Array {
  const start = content.findIndex((byte) => (byte & 0xc0) !== 0x80);
  return start > 0 && start < 4 ? content.subarray(start) : content;
}

function lastLines(text: string, count: number): string {
  const end = text.endsWith('\n') ? '\n' : '';
  const all = text.slice(0, text.length - end.length).split('\n');
  return all.slice(-count).join('\n') + end;
}
