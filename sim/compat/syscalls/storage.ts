/**
 * Files: their documents in `_storage`, and their bytes beside the database.
 *
 * Bytes are kept when a transaction that stored them is rolled back: nothing leads to them
 * without the document.
 */
import { currentDeployment } from "../deployment.js";
import { run } from "../run.js";
import { currentCaller, currentDatabase, type SyscallArgs } from "./context.js";

const STORAGE_TABLE = "_storage";
const STORAGE_URL = "https://some-deployment.convex.cloud/api/storage/";

export async function storeBlob(args: SyscallArgs): Promise<string> {
  const blob = args.blob as Blob;
  const database = currentDatabase();
  const id = await writing(async () =>
    currentDatabase().insert(STORAGE_TABLE, {
      size: blob.size,
      sha256: await shaOf(blob),
    }),
  );
  database.files.set(id, blob);
  return id;
}

export function getBlob(args: SyscallArgs): Blob | null | undefined {
  const database = currentDatabase();
  const id = args.storageId as string;
  // Without a document null, with a document whose bytes nobody stored undefined.
  return database.get(STORAGE_TABLE, id) === null ? null : database.files.get(id);
}

export async function deleteFile(args: SyscallArgs): Promise<string> {
  await writing(async () => {
    currentDatabase().remove(STORAGE_TABLE, args.storageId as string);
  });
  return "{}";
}

/** The hash stands in for the token that a platform would put into the address. */
export function fileUrl(args: SyscallArgs): string {
  const document = currentDatabase().get(STORAGE_TABLE, args.storageId as string);
  return JSON.stringify(document && STORAGE_URL + (document.value.sha256 as string));
}

export function uploadUrl(): string {
  return JSON.stringify(`${STORAGE_URL}upload?token=${Math.random()}`);
}

/** A mutation writes in its transaction, an action in one that is made for the write. */
async function writing<T>(write: () => Promise<T>): Promise<T> {
  if (currentDeployment().transactions.isOpen()) return await write();
  return (await run(currentCaller(), write)) as T;
}

async function shaOf(blob: Blob): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}
