/**
 * The commands that talk to a running broker over HTTP. {@link io.millrace.server.client.TopicCommand}, {@link
 * io.millrace.server.client.ProduceCommand} and {@link io.millrace.server.client.ConsumeCommand} are what users type;
 * {@link io.millrace.server.client.ApiClient} asks and understands answers and problems; {@link
 * io.millrace.server.client.HttpConnection} is one connection. It is written on a plain socket, because a command line is
 * mostly start-up: a first request took 0.1 s of CPU less than with the smaller and 0.5 s less than with the larger client
 * of the JDK.
 *
 * <p>Blocking code, no Vert.x. One thread per command; producing reads its input on a second one. Ring 2.
 */
@NullMarked
package io.millrace.server.client;

import org.jspecify.annotations.NullMarked;
