/** The conformance app: its functions, and one component that has a child of its own. */
import { defineApp } from "convex/server";

import parts from "../components/parts/convex.config.js";

const app = defineApp();
app.use(parts);

export default app;
