/** A component whose functions mirror what the cases do across its boundary. */
import { defineComponent } from "convex/server";

import leaf from "../leaf/convex.config.js";

const component = defineComponent("parts");
component.use(leaf);

export default component;
