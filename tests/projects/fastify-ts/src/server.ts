import { buildApp } from './app';

async function main(): Promise<void> {
  const app = buildApp();
  const address = await app.listen({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1' });
  console.log(`listening on ${new URL(address).port}`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
