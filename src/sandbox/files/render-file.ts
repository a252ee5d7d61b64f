import { displayName } from "../store/display-name.ts";
import type { Link, Sandbox, StoredFile } from "../types.ts";
import { storedFileUrl } from "./file-url.ts";
import { localPaths } from "./local-storages.ts";

export function isStoredFile(value: unknown): value is StoredFile {
  return typeof value === "object" && value !== null && "linkType" in value;
}

/** What an Attachment's bytes are; undefined when it has none or is not there. */
export function fileOf(sandbox: Sandbox, attachment: Link | null | undefined): StoredFile | undefined {
  const row = attachment ? sandbox.store.row("Attachment", attachment.id) : undefined;
  const file = row?.fields["this_file"];
  return isStoredFile(file) ? file : undefined;
}

/** A File/Link value as both surfaces show it (contract/rest.md 7, contract/rpc.md 4.4). A local one has no `url` key. */
export function renderFile(
  sandbox: Sandbox,
  file: StoredFile,
  attachmentId: number,
): Record<string, unknown> {
  const identity = { type: "Attachment", id: attachmentId };
  switch (file.linkType) {
    case "upload":
      return {
        url: storedFileUrl(sandbox, file, attachmentId),
        name: file.name,
        content_type: file.contentType,
        link_type: "upload",
        ...identity,
      };
    case "web":
      return {
        url: file.url,
        name: file.name,
        content_type: file.contentType,
        link_type: "web",
        ...identity,
      };
    case "local": {
      const storage = sandbox.store.row("LocalStorage", file.storageId);
      return {
        content_type: file.contentType,
        link_type: "local",
        name: file.name,
        local_storage: {
          type: "LocalStorage",
          id: file.storageId,
          name: storage ? displayName(storage) : null,
        },
        relative_path: file.relativePath,
        ...localPaths(storage, file.relativePath),
        ...identity,
      };
    }
  }
}
