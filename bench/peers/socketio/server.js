// A room chat on Socket.IO. Stores nothing.
import { Server } from "socket.io";

const io = new Server(Number(process.argv[2]));

io.on("connection", (socket) => {
  socket.on("join", (room, done) => {
    socket.join(room);
    done(room);
  });
  socket.on("message", (line) => {
    io.to(line.room).emit("message", line);
  });
});
