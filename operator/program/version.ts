/** The version, as package.json has it: the bundler puts the text in, and from sources it is read there. */
import packageJson from '../../package.json' with { type: 'json' };

export const VERSION: string = packageJson.version;
