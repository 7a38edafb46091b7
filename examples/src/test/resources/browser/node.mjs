// node --experimental-websocket node.mjs SCENARIO SERVER CONTROL
import { run } from './scenarios.mjs';

const [name, base, control] = process.argv.slice(2);
run(name, base, control).then(console.log, (failure) => {
  console.error(failure);
  process.exitCode = 1;
});
