/**
 * The examples, made fit for the demo: real addresses of the lab's hosts and of the image, and a short wait for a guest
 * that ignores shutdown requests. Pure.
 */
import { type Document, parseAllDocuments } from 'yaml';

export interface DemoFacts {
  /** URI of each host, by the name of its Hypervisor. */
  readonly hostUris: ReadonlyMap<string, string>;
  readonly image: { readonly url: string; readonly sha256: string };
}

/** Takes and gives YAML with one object or several; comments stay. */
export function fitManifests(yaml: string, facts: DemoFacts): string {
  const documents = parseAllDocuments(yaml);
  for (const document of documents) fit(document, facts);
  return documents.map(String).join('');
}

function fit(document: Document.Parsed, { hostUris, image }: DemoFacts): void {
  switch (document.get('kind')) {
    case 'Hypervisor': {
      const uri = hostUris.get(String(document.getIn(['metadata', 'name'])));
      if (uri !== undefined) document.setIn(['spec', 'libvirt', 'uri'], uri);
      break;
    }
    case 'Image':
      document.setIn(['spec', 'sources', 0, 'http', 'url'], image.url);
      document.setIn(['spec', 'sources', 0, 'checksum', 'sha256'], image.sha256);
      break;
    case 'Instance':
      document.setIn(['spec', 'shutdownTimeout'], '5s');
      break;
    default:
      break;
  }
}
