// Loaded before everything else by the npm scripts (`node --import`): plain JavaScript, so that an old Node can read it and say what to do.
// The scripts run on the Node that `npm ci` puts into node_modules; the host's own is met only where that one is missing.

const MIN_NODE_MAJOR = 24;

if (Number(process.versions.node.split('.')[0]) < MIN_NODE_MAJOR) {
  process.stderr.write(
    [
      `oss-s3-bridge runs on Node ${MIN_NODE_MAJOR}, and this is Node ${process.versions.node}.`,
      'npm ci installs the right one beside the project, but its install script did not run (ignore-scripts is set, or it was not approved).',
      'Run it, and try again:   npm rebuild node --ignore-scripts=false',
      '',
    ].join('\n'),
  );
  process.exit(1);
}
