import { open, rename, rm } from 'node:fs/promises';

/**
 * Writes a file under another name, and gives it its own only once it lies on the disk: whoever reads it finds what was there
 * before or all of the new, also after a crash or on a disk that is full.
 */
export async function writeBeside(file: string, text: string, mode = 0o666): Promise<void> {
  const beside = `${file}.${process.pid}.new`;
  const handle = await open(beside, 'w', mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  await rename(beside, file);
}
