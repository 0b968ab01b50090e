// What pages give to tests and what browsers have that TypeScript's library has not.

interface Window { tessera: any }
interface RTCPeerConnection { restarting?: boolean }
interface HTMLElement { [part: `$${string}`]: any }
declare var ManagedMediaSource: any;

// Elements and events of kinds that the pages know and TypeScript cannot.
interface EventTarget { closest?: any; matches?: any }
interface Element { hidden?: boolean; close?: () => void }
interface Event { state?: any; error?: any }
