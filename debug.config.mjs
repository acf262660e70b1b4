export default {resolve:{alias:{"turnkeeper/server":"/tmp/recipes/src/server/index.ts"}}}
