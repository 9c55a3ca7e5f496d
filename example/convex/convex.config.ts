import executor from "convex-executor/convex.config";
import { defineApp } from "convex/server";

const app = defineApp();
app.use(executor);

export default app;
