// The typed client: what client.js's control() takes and gives, derived from the server's own /v1/openapi.json ('openapi' is generated from
// it by openapi-typescript, in types.test.mjs). Pages name it in JSDoc: import('tessera-api').

import type {components, paths} from 'openapi';

export type Schemas = components['schemas'];

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type PathsWith<M extends Method> = {[P in keyof paths]: paths[P] extends {[K in M]: {responses: unknown}} ? P : never}[keyof paths];
type Operation<M extends Method, P extends keyof paths> = paths[P] extends {[K in M]: infer O} ? O : never;

type Parameters<O> = O extends {parameters: infer A} ? A : {};
type PathOf<O> = Parameters<O> extends {path: infer N} ? {path: N} : {path?: undefined};
type QueryOf<O> = Parameters<O> extends {query?: infer Q} ? {query?: Q} : {query?: undefined};
type Content<C> = C extends {content: infer T} ? T[keyof T & ('application/json' | 'application/merge-patch+json')] : never;
type JsonOf<O> = O extends {requestBody: infer B} ? {json: Content<B>} : {json?: undefined};
type Options<O> = PathOf<O> & QueryOf<O> & JsonOf<O> & {headers?: Record<string, string>, signal?: AbortSignal};

type Good<R> = {[S in keyof R]: S extends 200 | 201 | 202 ? (R[S] extends {content: {'application/json': infer J}} ? J : never) : never}[keyof R];
type Answer<O> = O extends {responses: infer R} ? ([Good<R>] extends [never] ? null : Good<R>) : never;
type NeedsNothing<O> = {} extends Options<O> ? true : false;
type Rest<O> = NeedsNothing<O> extends true ? [options?: Options<O>] : [options: Options<O>];

export type Call = <M extends Method, P extends PathsWith<M>>(method: M, path: P, ...options: Rest<Operation<M, P>>) => Promise<Answer<Operation<M, P>>>;
export type Request = <M extends Method, P extends PathsWith<M>>(method: M, path: P, ...options: Rest<Operation<M, P>>) => Promise<Response>;
