import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import type { App } from '@supabase/lite';
import { z } from 'zod';

type StorageAdapter = NonNullable<App['_storageAdapter']>;
type ObjectMetadata = Awaited<ReturnType<StorageAdapter['headObject']>>;
type UploadBody = Parameters<StorageAdapter['uploadObject']>[3];

const sidecarSchema = z.object({
  key: z.string(),
  mimetype: z.string(),
  cacheControl: z.string(),
  eTag: z.string(),
});

/**
 * Keeps objects of the storage server on disk, each as a file with its description beside it. File names are digests
 * of the object names, so that no name, however long or crafted, can leave the folder.
 */
export class DiskStorage implements StorageAdapter {
  readonly driver = undefined;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  #path(bucket: string, key: string): string {
    const digest = createHash('sha256').update(key).digest('hex');
    const folder = encodeURIComponent(bucket).replaceAll('.', '%2E');
    return join(this.#folder, folder, digest.slice(0, 2), digest);
  }

  async uploadObject(
    bucket: string,
    key: string,
    _version: string | undefined,
    body: UploadBody,
    mimetype: string,
    cacheControl: string,
  ): Promise<ObjectMetadata> {
    const path = this.#path(bucket, key);
    const unfinished = `${path}.${randomUUID()}`;
    await mkdir(dirname(path), { recursive: true });
    try {
      const eTag = await write(unfinished, body);
      await writeFile(`${unfinished}.json`, JSON.stringify({ key, mimetype, cacheControl, eTag }));
      await rename(`${unfinished}.json`, `${path}.json`);
      await rename(unfinished, path);
    } catch (error) {
      await Promise.all([rm(unfinished, { force: true }), rm(`${unfinished}.json`, { force: true })]);
      throw error;
    }
    return this.headObject(bucket, key);
  }

  async headObject(bucket: string, key: string): Promise<ObjectMetadata> {
    const path = this.#path(bucket, key);
    const [file, sidecar] = await Promise.all([stat(path), readFile(`${path}.json`, 'utf8')]);
    const { mimetype, cacheControl, eTag } = sidecarSchema.parse(JSON.parse(sidecar));
    return {
      mimetype,
      cacheControl,
      eTag,
      contentLength: file.size,
      size: file.size,
      lastModified: file.mtime,
      httpStatusCode: 200,
    };
  }

  async getObject(bucket: string, key: string): ReturnType<StorageAdapter['getObject']> {
    const metadata = await this.headObject(bucket, key);
    const body = Readable.toWeb(createReadStream(this.#path(bucket, key)));
    return { metadata, httpStatusCode: 200, body };
  }

  async deleteObject(bucket: string, key: string): Promise<void> {
    const path = this.#path(bucket, key);
    await Promise.all([rm(path, { force: true }), rm(`${path}.json`, { force: true })]);
  }

  async deleteObjects(bucket: string, keys: string[]): Promise<void> {
    await Promise.all(keys.map((key) => this.deleteObject(bucket, key)));
  }

  async copyObject(
    sourceBucket: string,
    source: string,
    _version: string | undefined,
    bucket: string,
    key: string,
  ): Promise<Pick<ObjectMetadata, 'httpStatusCode' | 'eTag' | 'lastModified'>> {
    const { metadata, body } = await this.getObject(sourceBucket, source);
    if (!(body instanceof ReadableStream)) throw new Error('An object on disk is read as a stream.');
    return this.uploadObject(bucket, key, undefined, body, metadata.mimetype, metadata.cacheControl);
  }

  async privateAssetUrl(bucket: string, key: string): Promise<string> {
    return `file://${this.#path(bucket, key)}`;
  }
}

/** Writes the content and returns its entity tag. */
async function write(path: string, body: UploadBody): Promise<string> {
  const hash = createHash('md5');
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of chunksOf(body)) {
      hash.update(chunk);
      await file.write(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return `"${hash.digest('hex')}"`;
}

async function* chunksOf(body: UploadBody): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) {
    yield body;
    return;
  }
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) throw new Error('An upload consists of bytes.');
    yield chunk;
  }
}
