const { ConversationsClient } = require("@general-bots/conversations-client");

console.log(new ConversationsClient({ apiUrl: "http://localhost/api", wsUrl: "ws://localhost/ws" }).state);
