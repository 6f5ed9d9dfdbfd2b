/** Gets the image its Chromium while it is built, so that no worker looks for one when it starts. */
import { findChromium } from '#platform/find-chromium.ts';

const say = (line: string): void => console.log(line);
const { executablePath } = await findChromium(process.env.CHROMIUM_PATH, say);
say(`Chromium: ${executablePath}`);
